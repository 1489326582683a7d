import { dirname, join, resolve } from 'node:path';
import { firmwareErrors, type OpqError } from '@opq/errors';
import type { Artifact } from '@opq/backend';
import type { Target } from '@opq/targets';
import { buildWithEspIdf, ESP_IDF } from './esp-idf';
import { replaceFolder } from './folder';
import { run } from './run';
import { fits, parseSizes, sizeTable, type ImageSizes } from './sizes';
import { renderTemplate, type BuildFile, type FirmwareOptions } from './template';

/** A firmware to build: for which board, from what, and where. */
export interface BuildRequest extends FirmwareOptions {
  /** The board: its memory, compiler and template. */
  readonly target: Target;
  /** What the backend emitted. */
  readonly artifacts: readonly Artifact[];
  /** Where the build is to stand; replaced whole when the build succeeds, left alone when it does not. */
  readonly directory: string;
  /** Ends the compiler, and the build with OPQ0707. */
  readonly signal?: AbortSignal | undefined;
}

/** A firmware that was built. */
export interface BuiltFirmware {
  /** Absolute path. */
  readonly elf: string;
  /** Absolute path of the plain binary. */
  readonly bin: string;
  /** What belongs into flash, with offsets into it; one file at its begin where no offset is given. */
  readonly flashFiles: readonly { readonly path: string; readonly address?: number }[];
  /** What it takes of each region of the board's memory. */
  readonly sizes: ImageSizes;
}

/** Every warning is an error in what opq emits and ships. */
const WARNINGS = [
  '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Wcast-qual', '-Wcast-align', '-Wstrict-prototypes',
  '-Wmissing-prototypes', '-Wundef', '-Wvla', '-Werror',
]; // prettier-ignore
const CODE = [
  '-std=c99',
  '-O2',
  '-ffreestanding',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-common',
  '-fno-tree-loop-distribute-patterns',
];
const LINK = [
  '-nostdlib',
  '-nostartfiles',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,--fatal-warnings',
  '-Ttemplate/link.ld',
];
const SECONDS = 120;

/** The compiler of a target, and that it answers. @throws OPQ0701 */
export async function findToolchain(
  target: Target,
  signal?: AbortSignal,
): Promise<{ readonly compiler: string; readonly version: string }> {
  const compiler = `${target.toolchain.prefix}gcc`;
  const { output } = await run(compiler, ['-dumpversion'], { directory: '.', seconds: 30, signal });
  return { compiler, version: output.trim() };
}

/**
 * Template + artifacts + toolchain → image. Files are compiled under paths relative to the build folder, so that the image is
 * the same wherever it is built.
 * @throws OPQ0701…OPQ0710
 */
export async function buildFirmware({
  target,
  artifacts,
  directory,
  signal,
  ...options
}: BuildRequest): Promise<BuiltFirmware> {
  if (target.template === ESP_IDF)
    return buildWithEspIdf({ target, artifacts, directory, signal, ...options });
  await findToolchain(target, signal);
  const files = [
    ...renderTemplate(target, options),
    ...artifacts.map(({ path, bytes }) => ({ path: `model/${path}`, bytes })),
  ];
  const sizes = await replaceFolder(directory, files, (work) => link(target, files, work, signal));
  if (sizes === undefined) throw new RangeError('a build gives its sizes');
  const place = resolve(directory);
  const bin = join(place, 'firmware.bin');
  return { elf: join(place, 'firmware.elf'), bin, flashFiles: [{ path: bin }], sizes };
}

/** Folders that headers stand in, `template` first. */
const includes = (files: readonly BuildFile[]): readonly string[] => [
  ...new Set(files.filter(({ path }) => path.endsWith('.h')).map(({ path }) => `-I${dirname(path)}`)),
];

/** Compiles and links what stands in a folder. */
async function link(
  target: Target,
  files: readonly BuildFile[],
  work: string,
  signal: AbortSignal | undefined,
): Promise<ImageSizes> {
  const sources = files.map(({ path }) => path).filter((path) => path.endsWith('.c'));
  const { prefix, flags } = target.toolchain;
  const options = { directory: work, seconds: SECONDS, signal };
  const compile = await run(
    `${prefix}gcc`,
    [...flags, ...CODE, ...WARNINGS, ...includes(files), ...sources, ...LINK, '-lgcc', '-o', 'firmware.elf'],
    options,
  );
  if (compile.code !== 0) throw linkFailure(target, `${prefix}gcc`, compile.problems);
  const binary = await run(`${prefix}objcopy`, ['-O', 'binary', 'firmware.elf', 'firmware.bin'], options);
  if (binary.code !== 0) throw firmwareErrors.compileFailed(`${prefix}objcopy`, binary.problems);
  const size = await run(`${prefix}size`, ['-A', '-d', 'firmware.elf'], options);
  const sizes = parseSizes(size.output, target.stack);
  if (!fits(target, sizes)) throw firmwareErrors.doesNotFit(target.name, sizeTable(target, sizes));
  return sizes;
}

/** The linker says "overflowed by n bytes"; people want to know of how many. */
function linkFailure(target: Target, program: string, problems: string): OpqError {
  const over = (region: string): number =>
    Number(new RegExp(`region \`${region}' overflowed by (\\d+) bytes`).exec(problems)?.[1] ?? 0);
  const stackClash = problems.includes('data and stack do not fit into RAM');
  if (over('FLASH') === 0 && over('RAM') === 0 && !stackClash)
    return firmwareErrors.compileFailed(program, problems);
  const flash = (target.flash[0]?.length ?? 0) + over('FLASH');
  const ram = (target.ram[0]?.length ?? 0) + Math.max(over('RAM') + target.stack, stackClash ? 1 : 0);
  const need = { flash: over('FLASH') > 0 ? flash : 0, ram: over('RAM') > 0 || stackClash ? ram : 0 };
  return firmwareErrors.doesNotFit(target.name, sizeTable(target, need));
}
