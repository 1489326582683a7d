import { emitC } from '../src';
import { lanesUses, usedHeader } from '../src/lanes/used';
import { resnet8 } from './resnet8';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const layer = {
  cuts: { row: [7, 7, 5], last: [7, 2] },
  depthwise: false,
  packed: [],
  outputOffset: -128,
  direct: [true, true],
  whole: false,
  step: 1,
  rowsOfFive: false,
  unpacks: false,
};

test('passes narrower than the narrowest loop take that one; windows are those of depthwise layers', () => {
  expect(lanesUses(layer)).toEqual({
    OPQ_LANES_WIDTHS: 0b1011_0000,
    OPQ_LANES_WINDOWS: 0,
    OPQ_LANES_STEPS: 0b10,
    OPQ_LANES_DIRECT: 1,
    OPQ_LANES_NARROW: 1, // a pass of two words
    OPQ_LANES_SLOW: 0,
    OPQ_LANES_UNPACKS: 0,
    OPQ_LANES_ENDS: 1,
  });
  expect(lanesUses({ ...layer, depthwise: true, unpacks: true })).toMatchObject({
    OPQ_LANES_WINDOWS: 0b0011_0000,
    OPQ_LANES_UNPACKS: 1,
  });
});

test('direct, narrow and slow ways are those that some channel takes', () => {
  const ways = (row: readonly number[], direct: readonly boolean[], whole = false) => {
    const uses = lanesUses({ ...layer, cuts: { row, last: [] }, direct, whole });
    return ['DIRECT', 'NARROW', 'SLOW'].map((way) => uses[`OPQ_LANES_${way}`]);
  };
  expect(ways([7, 5], [true, true])).toEqual([1, 0, 0]);
  expect(ways([7, 3], [true, true])).toEqual([1, 1, 0]);
  expect(ways([7, 5], [true, false])).toEqual([1, 0, 1]);
  expect(ways([7, 3], [false, false])).toEqual([0, 0, 1]);
  expect(ways([5], [true, true], true)).toEqual([0, 0, 0]);
});

test('pixels are expanded by their distance', () => {
  const steps = (step: number, rowsOfFive = false) => lanesUses({ ...layer, step, rowsOfFive })['OPQ_LANES_STEPS'];
  expect([steps(1), steps(2), steps(3), steps(1, true)]).toEqual([0b10, 0b100, 0, 0b10_0010]);
}); // prettier-ignore

test('ends are those that some channel takes', () => {
  const ends = (packed: readonly boolean[], outputOffset: number) =>
    lanesUses({ ...layer, packed, outputOffset })['OPQ_LANES_ENDS'];
  expect(ends([], 3)).toBe(2);
  expect(ends([false, true], -128)).toBe(5);
  expect(ends([true, true], -128)).toBe(4);
});

test('bits of all layers are joined, and there is no header where nothing is used', () => {
  expect(usedHeader('/* */\n', [undefined, undefined])).toEqual([]);
  const [header] = usedHeader('/* */\n', [{ A: 1, B: 0 }, undefined, { A: 4 }]);
  expect(header?.path).toBe('kernels/opq_lanes_used.h');
  expect(text(header!.bytes)).toBe('/* */\n#define A 0x5u\n#define B 0x0u\n');
});

test('every width of an emission has its bit, and no other has', () => {
  for (const flash of [0, 100_000]) {
    const { artifacts } = emitC(resnet8, { core: 'dsp', optimize: 'latency', flash });
    const find = (path: string): string => text(artifacts.find((one) => one.path === path)!.bytes);
    const widths = [...find('opq_model.c').matchAll(/_widths\[\d+\] = \{\n([^}]*)\}/g)].flatMap(([, list]) =>
      list!.split(',').map((width) => Number(width.trim())).filter((width) => width > 0),
    ); // prettier-ignore
    const wanted = widths.reduce((all, width) => all | (1 << Math.max(4, width)), 0);
    expect(widths.length).toBeGreaterThan(5);
    expect(find('kernels/opq_lanes_used.h')).toContain(
      `#define OPQ_LANES_WIDTHS 0x${wanted.toString(16).toUpperCase()}u\n`,
    );
  }
});
