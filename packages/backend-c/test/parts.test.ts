import { check, type EmitOptions, type KernelFamily, type Encoding } from '@opq/backend';
import { runPartConformance, type Part } from '@opq/backend/conformance';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { isWeighted } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { describeWithTools } from '../../../tools/testing';
import { emitC } from '../src';
import { plain } from '../src/families';
import { skips } from './parts/skips';
import { rows, wrongRows } from './parts/rows';
import { resnet8 } from './resnet8';

/** Networks, checked, that have a fully connected layer. */
function networks() {
  const backend = cortexM();
  const target = backend.targets[0]!;
  return Array.from({ length: 12 }, (_, seed) => check(generateModel(seed), backend, target)).flatMap(
    (result) =>
      result.ok && result.model.model.layers.some(({ kind }) => kind === 'fullyConnected')
        ? [result.model]
        : [],
  );
}
const emitted = (options: EmitOptions) => networks().map((model) => emitC(model, options));
const textOf = (emission: ReturnType<typeof emitC>, path: string) =>
  new TextDecoder().decode(emission.artifacts.find((artifact) => artifact.path === path)?.bytes);

const quiet = { print: () => undefined, exactModels: 1 };
/** A defect may be lost on the way to a network's output: of several it is seen. */
const several = { ...quiet, exactModels: 3 };
const problemsOf = async (part: Part) =>
  (await runPartConformance(part, [cortexM()], several)).results.flatMap(({ problem }) => problem ?? []);

describeWithTools(
  'gcc',
  'arm-none-eabi-gcc',
  'riscv64-unknown-elf-gcc',
)('parts that packages bring', () => {
  test('a family and an encoding satisfy what opq conformance asks on every core', async () => {
    for (const part of [
      { kind: 'kernelFamily', kernelFamily: rows() },
      { kind: 'encoding', encoding: skips },
    ] as const) {
      const report = await runPartConformance(part, [cortexM(), esp32()], quiet);
      expect(report.results.filter(({ problem }) => problem !== undefined)).toEqual([]);
      expect(report.next.at(-1)).toMatch(/opq\.config\.ts/);
    }
  }, 300_000);

  test('one with a defect does not: a wrong kernel, a decoder that disagrees, nothing taken', async () => {
    expect(await problemsOf({ kind: 'kernelFamily', kernelFamily: wrongRows() })).toEqual(
      expect.arrayContaining([expect.stringMatching(/Output \d+ is -?\d+, not -?\d+\./)]),
    );
    const { function: decode, instructions } = skips.decoder({
      bytes: new Uint8Array(),
      table: new Uint8Array(),
      bits: 4,
    })!;
    if (typeof decode === 'string') throw new Error('not of this package');
    const files = decode.files.map(({ path, text }) => ({
      path,
      text: text.replace('= 0;\n    }\n    out', '= 1;\n    }\n    out'),
    }));
    const wrongC: Encoding = { ...skips, decoder: () => ({ function: { ...decode, files }, instructions }) };
    expect(await problemsOf({ kind: 'encoding', encoding: wrongC })).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Compiled on the host, the decoder gives other weights/),
      ]),
    );
    const wrongBack: Encoding = {
      ...skips,
      decode: (coded, count, fanIn) => skips.decode(coded, count, fanIn).map((k) => k + 1),
    };
    expect(await problemsOf({ kind: 'encoding', encoding: wrongBack })).toEqual([
      expect.stringMatching(/^Weights \d+: number/),
    ]);
    const idle: KernelFamily = { ...rows(), ways: () => [] };
    expect(await problemsOf({ kind: 'kernelFamily', kernelFamily: idle })).toEqual([
      expect.stringMatching(/^No layer of/),
    ]);
    const unsound: KernelFamily = {
      ...rows(),
      ways: (site) =>
        rows()
          .ways(site)
          .map((way) => ({ ...way, scratchBytes: 0.5 })),
    };
    expect(await problemsOf({ kind: 'kernelFamily', kernelFamily: unsound })).toEqual(
      expect.arrayContaining([expect.stringMatching(/A way for fullyConnected/)]),
    );
  }, 300_000);
});

test('their C goes along where it is used, with the headers of opq that it includes, and nowhere else', () => {
  const options = { kernelFamilies: [rows()], encodings: [skips] };
  for (const emission of emitted({ ...options, prefer: { kernelFamily: 'rows', encoding: 'int8' } })) {
    const paths = emission.artifacts.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['kernels/acme_rows.c', 'kernels/acme_rows.h', 'kernels/opq_requantise.h']),
    );
    expect(paths).not.toContain('kernels/acme_skips.c');
    expect(textOf(emission, 'opq_model.c')).toContain('#include "opq_kernels.h"\n#include "acme_rows.h"\n');
    expect(emission.perLayer.find(({ kind }) => kind === 'fullyConnected')?.kernel).toBe('acme_rows');
  }
  for (const emission of emitted({ ...options, prefer: { kernelFamily: 'plain', encoding: 'packed' } }))
    expect(emission.artifacts.filter(({ path }) => path.includes('acme'))).toEqual([]);
});

test('images around a way that knows only channels last stand so, the only one there is or not', () => {
  const last: KernelFamily = {
    ...rows(),
    name: 'last',
    ways: (site) =>
      plain
        .ways(site)
        .filter(() => !isWeighted(site.layer))
        .map((way) => ({ ...way, layouts: 'last' })),
  };
  const planarAround = (options: EmitOptions): number => {
    const { perLayer, layerOutputs = [] } = emitC(resnet8, options);
    return perLayer.filter(({ kind }, i) => kind === 'add' && layerOutputs[i]?.channelsFirst).length;
  };
  expect(planarAround({})).toBe(3);
  expect(planarAround({ kernelFamilies: [last], prefer: { kernelFamily: 'last' } })).toBe(0);
});

test('what is not faster or smaller is not taken', () => {
  const slow: KernelFamily = {
    ...rows(),
    ways: (site) =>
      rows()
        .ways(site)
        .map((way) => ({ ...way, instructions: 1e12 })),
  };
  const large: Encoding = {
    ...skips,
    encode: (weights, fanIn) => {
      const coded = skips.encode(weights, fanIn);
      return coded && { ...coded, bytes: new Uint8Array([...coded.bytes, ...new Uint8Array(1 << 16)]) };
    },
  };
  const without = emitted({}).map(({ artifacts }) => artifacts);
  expect(emitted({ kernelFamilies: [slow], encodings: [large] }).map(({ artifacts }) => artifacts)).toEqual(
    without,
  );
});

test.each<[string, EmitOptions, string, RegExp]>([
  ['a family that is not there', { prefer: { kernelFamily: 'none' } }, 'OPQ0632', /plain, lanes, .*tables/],
  [
    'an encoding that is not there',
    { prefer: { encoding: 'none' } },
    'OPQ0632',
    /int8, packed, bitmap, .*entropy/,
  ],
  [
    "a family of the name of one of opq's",
    { kernelFamilies: [{ ...rows(), name: 'lanes' }] },
    'OPQ0609',
    /kernel families .* lanes/,
  ],
  [
    "an encoding of the name of one of opq's",
    { encodings: [{ ...skips, name: 'packed' }] },
    'OPQ0609',
    /encodings .* packed/,
  ],
  ['a function of opq by name', hostile('opq_conv2d', 'a.c'), 'OPQ0631', /opq_conv2d/],
  ['a name that is no identifier', hostile('a b', 'a.c'), 'OPQ0631', /not a name that a function/],
  ['a path out of the folder', hostile('a', '../a.c'), 'OPQ0631', /\.\.\/a\.c/],
  ['a file of opq', hostile('a', 'opq_kernels.h'), 'OPQ0631', /opq_kernels\.h/],
])('%s is an error that names it', (_, options, code, message) => {
  expect(() => emitted(options)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

/** A family whose function and file have these names. */
function hostile(name: string, path: string): EmitOptions {
  const family: KernelFamily = {
    ...rows(),
    ways: (site) =>
      rows().ways(site).map((way) => ({
        ...way,
        write: (to) => ({ ...way.write(to), functions: [{ name, files: [{ path, text: '' }] }] }),
      })),
  };
  return { kernelFamilies: [family], prefer: { kernelFamily: 'rows', encoding: 'int8' } };
} // prettier-ignore
