import fc from 'fast-check';
import { runOnHost } from '@opq/backend/conformance';
import { random } from '@opq/ir/testing';
import { createIntegerInterpreter } from '@opq/reference';
import { describeWithTools } from '../../../tools/testing';
import { emitC } from '../src';
import { cheapest, spendWithin } from '../src/faster';
import { resnet8 } from './resnet8';

interface Cost {
  readonly bytes: number;
  readonly instructions: number;
}

const cost = fc.record({
  bytes: fc.integer({ min: 0, max: 60 }),
  instructions: fc.integer({ min: 0, max: 999 }),
});
const layers = fc
  .array(fc.tuple(cost, fc.array(cost, { maxLength: 3 })), { maxLength: 5 })
  .map((all) =>
    all.map(([smallest, others]): readonly [Cost, ...Cost[]] => [
      smallest,
      ...others.map((other) => ({ ...other, bytes: other.bytes + smallest.bytes })),
    ]),
  );

/** Fewest instructions of all combinations within the limit. */
const byTrying = (all: readonly (readonly Cost[])[], limit: number): number => {
  const [first, ...rest] = all;
  if (first === undefined) return 0;
  return first.reduce((least, { bytes, instructions }) => {
    const more = bytes - (first[0]?.bytes ?? 0);
    return more > limit ? least : Math.min(least, instructions + byTrying(rest, limit - more));
  }, Infinity);
};

test('of all storages within a limit those of the fewest instructions are chosen', () => {
  fc.assert(
    fc.property(layers, fc.integer({ min: 0, max: 200 }), (all, limit) => {
      const chosen = cheapest(all, limit);
      const spent = chosen.reduce((n, { bytes }, i) => n + bytes - (all[i]?.[0].bytes ?? 0), 0);
      expect(spent).toBeLessThanOrEqual(limit);
      expect(chosen.reduce((n, { instructions }) => n + instructions, 0)).toBe(byTrying(all, limit));
    }),
    { numRuns: 300 },
  );
});

test('large limits are counted in parts, and kept to', () => {
  const all = [1, 2, 3].map((n): readonly [Cost, ...Cost[]] => [
    { bytes: 0, instructions: 100 },
    { bytes: 400_000 + n, instructions: 10 },
  ]);
  expect(
    cheapest(all, 900_000)
      .map(({ instructions }) => instructions)
      .sort(),
  ).toEqual([10, 10, 100]);
  expect(cheapest([], 10)).toEqual([]);
});

const totalOf = ({ perLayer }: ReturnType<typeof emitC>): number =>
  perLayer.reduce((n, { instructions = 0 }) => n + instructions, 0);

test('within its bytes a model that may be larger takes fewer instructions; without latency nothing changes', () => {
  const smallest = emitC(resnet8, { core: 'dsp', optimize: 'latency' });
  let before = smallest;
  for (const flash of [smallest.flash - 1, smallest.flash + 500, smallest.flash + 3000, 100_000]) {
    const emission = emitC(resnet8, { core: 'dsp', optimize: 'latency', flash });
    if (flash > smallest.flash) expect(emission.flash).toBeLessThanOrEqual(flash);
    else expect(emission.artifacts).toEqual(smallest.artifacts);
    expect(totalOf(emission)).toBeLessThanOrEqual(totalOf(before));
    before = emission;
  }
  expect(totalOf(before)).toBeLessThan(0.98 * totalOf(smallest));
  expect(emitC(resnet8, { core: 'dsp', flash: 100_000 })).toEqual(emitC(resnet8, { core: 'dsp' }));
});

test('no limit is broken, though tables in larger ways are told apart only when they are written', () => {
  const { flash: smallest } = emitC(resnet8, { core: 'dsp', optimize: 'latency' });
  for (let more = 1; more <= 4000; more = Math.ceil(more * 1.4)) {
    const { flash } = emitC(resnet8, { core: 'dsp', optimize: 'latency', flash: smallest + more });
    expect(flash).toBeLessThanOrEqual(smallest + more);
  }
}, 120_000);

test.each([
  // The limit, what bytes become, and what is kept: results are their own sizes.
  ['as it is spent', 150, (bytes: number) => 100 + bytes, 150],
  ['a table too many: a little less is spent', 150, (bytes: number) => 107 + bytes, 150],
  ['over by more the more is spent', 150, (bytes: number) => 100 + Math.ceil(1.1 * bytes), 149],
  ['always over, whatever is spent', 150, () => 151, 100],
  ['the limit is what the smallest takes', 100, () => 90, 100],
  ['the limit is less than that', 99, () => 90, 100],
] as const)('%s', (_name, limit, sizeOf, kept) => {
  const spent: number[] = [];
  const result = spendWithin(
    limit,
    100,
    (bytes) => {
      spent.push(bytes);
      return sizeOf(bytes);
    },
    (bytes) => bytes,
  );
  expect(result).toBe(kept);
  expect(spent.every((bytes) => bytes > 0 && 100 + bytes <= limit)).toBe(true);
});

describeWithTools('gcc')('larger and faster', () => {
  test.each([24_000, 100_000])(
    'with %i bytes outputs are those of the oracle',
    (flash) => {
      const input = random(3);
      const inputs = Int8Array.from({ length: 2 * 32 * 32 * 3 }, () => input.integer(-128, 127));
      const { artifacts, perLayer } = emitC(resnet8, { core: 'dsp', optimize: 'latency', flash });
      expect(perLayer.some(({ encoding }) => encoding?.startsWith('hops'))).toBe(true);
      const interpreter = createIntegerInterpreter(resnet8.model);
      const wanted = [0, 1].flatMap((i) => [
        ...(interpreter.run([inputs.slice(i * 3072, (i + 1) * 3072)])[0] ?? []),
      ]);
      expect([...runOnHost(artifacts, inputs)]).toEqual(wanted);
    },
    120_000,
  );
});
