import type { Artifact } from '@opq/backend';

const VERSION = '0.1.0';
const DESCRIPTION = 'A neural network compressed by opq, as C99 without dependencies.';

const utf8 = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);

/**
 * Sources stand in one folder: the Arduino IDE looks for headers in `src` alone, and ESP-IDF and PlatformIO do not mind.
 */
const inSource = ({ path, bytes }: Artifact): Artifact => ({
  path: `src/${path.split('/').at(-1) ?? path}`,
  bytes,
});

const CMAKE = [
  'file(GLOB sources CONFIGURE_DEPENDS "src/*.c")',
  'set(fragments "")',
  'if(NOT DEFINED IDF_VERSION_MAJOR OR IDF_VERSION_MAJOR GREATER_EQUAL 5)',
  '  set(fragments "linker.lf")',
  'endif()',
  'idf_component_register(SRCS ${sources} INCLUDE_DIRS "src" LDFRAGMENTS ${fragments})',
  'if(CONFIG_OPQ_OPTIMISE_SPEED)',
  '  target_compile_options(${COMPONENT_LIB} PRIVATE -O2)',
  'endif()',
];

const KCONFIG = [
  'menu "opq network"',
  '',
  '    config OPQ_OPTIMISE_SPEED',
  '        bool "Compile the network for speed"',
  '        default y',
  '        help',
  '            -O2 for the network, whatever the rest of the project is compiled with.',
  '',
  '    config OPQ_CODE_IN_RAM',
  '        bool "Kernels in internal RAM"',
  '        default n',
  '        help',
  '            Takes the code of the network out of flash, so that it never waits for the cache.',
  '',
  '    config OPQ_ARENA_IN_PSRAM',
  '        bool "Activations in external RAM"',
  '        default n',
  '        depends on SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY',
  '        help',
  '            For networks whose arena the internal RAM cannot hold. External RAM is several times slower.',
  '',
  'endmenu',
];

const FRAGMENT = [
  '[sections:opq_arena]',
  'entries:',
  '    .bss+',
  '',
  '[scheme:opq_in_psram]',
  'entries:',
  '    opq_arena -> extern_ram',
  '',
  '[mapping:opq_model]',
  'archive: libopq_model.a',
  'entries:',
  '    if OPQ_CODE_IN_RAM = y:',
  '        * (noflash_text)',
  '    if OPQ_ARENA_IN_PSRAM = y:',
  '        opq_model (opq_in_psram)',
  '    if OPQ_CODE_IN_RAM = n && OPQ_ARENA_IN_PSRAM = n:',
  '        * (default)',
];

const LIBRARY = {
  name: 'opq_model',
  version: VERSION,
  description: DESCRIPTION,
  license: 'Apache-2.0',
  frameworks: '*',
  platforms: '*',
  headers: 'opq_model.h',
  build: { srcDir: 'src', includeDir: 'src', flags: ['-O2'] },
};

const PROPERTIES = [
  'name=opq_model',
  `version=${VERSION}`,
  'author=opq',
  'maintainer=opq <opq@localhost>',
  `sentence=${DESCRIPTION}`,
  'paragraph=Fill opq_model_input(), call opq_model_invoke(0), read opq_model_output().',
  'category=Data Processing',
  'url=https://components.espressif.com',
  'architectures=*',
  'includes=opq_model.h',
];

/** An emission as a folder that ESP-IDF takes as a component, PlatformIO and the Arduino IDE as a library. */
export function asComponent(artifacts: readonly Artifact[]): readonly Artifact[] {
  return [
    { path: 'CMakeLists.txt', bytes: utf8(CMAKE) },
    { path: 'Kconfig', bytes: utf8(KCONFIG) },
    {
      path: 'idf_component.yml',
      bytes: utf8([
        `version: "${VERSION}"`,
        `description: "${DESCRIPTION}"`,
        'license: "Apache-2.0"',
        'dependencies:',
        '  idf: ">=5.1"',
      ]),
    },
    { path: 'library.json', bytes: utf8([JSON.stringify(LIBRARY, null, 2)]) },
    { path: 'library.properties', bytes: utf8(PROPERTIES) },
    { path: 'linker.lf', bytes: utf8(FRAGMENT) },
    ...artifacts.map(inSource),
  ];
}
