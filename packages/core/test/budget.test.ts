import fc from 'fast-check';
import { tensorOf } from '@opq/ir';
import { evenly } from '../../../tools/testing';
import { ACCOUNTINGS, compressWeights, type Budget } from '../src';
import { layerWeights } from '../src/weights';
import { laplaceNetwork } from './networks';

const shapes = fc.array(
  fc.tuple(
    fc.integer({ min: 25, max: 60 }),
    fc.integer({ min: 40, max: 80 }),
    fc.double({ min: 0.01, max: 1, noNaN: true }),
  ),
  { minLength: 1, maxLength: 4 },
);
const network = fc.tuple(shapes, fc.nat(1000)).map(([list, seed]) => laplaceNetwork(list, seed));

test.each(ACCOUNTINGS)('average bits are met in the accounting %s, and nearly used up', (accounting) => {
  fc.assert(
    fc.property(network, evenly(0.8, 4), (model, bits) => {
      const averageBits = accounting === 'bitmap' ? bits + 1.2 : bits;
      const { totals } = compressWeights(model, { budget: { averageBits, accounting } });
      const allowed = (averageBits * totals.weights) / 8;
      expect(totals.bytes[accounting]).toBeLessThanOrEqual(Math.ceil(allowed));
      // Whole levels and indices leave something over in layers of a few hundred weights.
      if (totals.weights > 2000) expect(totals.bytes[accounting]).toBeGreaterThan(0.8 * allowed);
    }),
    { numRuns: accounting === 'bitmap' ? 8 : 25 },
  );
});

test('sizes close to each other are all met: none is missed by a byte', () => {
  const model = laplaceNetwork([[46, 62, 0.01], [30, 46, 0.2]], 9); // prettier-ignore
  for (let bytes = 500; bytes < 2500; bytes += 17) {
    const averageBits = (8 * bytes) / (46 * 62 + 30 * 46);
    const { totals } = compressWeights(model, { budget: { averageBits } });
    expect(totals.bytes.flash).toBeLessThanOrEqual(bytes);
    expect(totals.bytes.flash).toBeGreaterThan(0.9 * bytes);
  }
});

test('a flash budget counts what is fixed, and keeps to the byte', () => {
  const model = laplaceNetwork([[120, 300, 0.1], [64, 120, 0.05], [10, 64, 0.2]], 7); // prettier-ignore
  for (const flash of [30_000, 20_000, 12_000, 6_000]) {
    const { totals } = compressWeights(model, { budget: { flash }, fixedBytes: 1000 });
    expect(totals.bytes.flash + 1000).toBeLessThanOrEqual(flash);
    expect(totals.bytes.flash + 1000).toBeGreaterThan(0.97 * flash);
  }
});

test('the joint solution is no worse than sparsities around it at the same size', () => {
  const model = laplaceNetwork(
    [
      [120, 300, 0.1],
      [64, 120, 0.05],
    ],
    3,
  );
  const budget = { averageBits: 2 } as const;
  const joint = compressWeights(model, { budget });
  for (const sparsity of [0, 0.7, 0.85]) {
    let best = Infinity;
    for (let bits = 1; bits <= 7; bits += 0.25) {
      const r = compressWeights(model, { budget: { sparsity, bits } });
      if (r.totals.bytes.flash <= joint.totals.bytes.flash) best = Math.min(best, r.totals.weightedError);
    }
    expect(joint.totals.weightedError).toBeLessThan(best);
  }
});

test('more bytes never raise the weighted error by more than rounding', () => {
  fc.assert(
    fc.property(network, evenly(1, 3), (model, averageBits) => {
      const error = (bits: number) =>
        compressWeights(model, { budget: { averageBits: bits }, gain: 'none' }).totals.weightedError;
      expect(error(averageBits * 1.25)).toBeLessThan(error(averageBits));
    }),
    { numRuns: 25 },
  );
});

test('layers of fixed bits and sparsity keep them under any budget', () => {
  const model = laplaceNetwork([[60, 80, 0.1], [50, 60, 0.1], [40, 50, 0.3]], 5); // prettier-ignore
  const budgets: readonly Budget[] = [{ sparsity: 0.6, bits: 3 }, { averageBits: 2 }, { flash: 4000 }];
  for (const budget of budgets) {
    const [first, second] = compressWeights(model, {
      budget,
      layers: { dense1: { sparsity: 0.5, bits: 5 } },
    }).weights;
    expect(second!.pruned).toBe(1500);
    expect(second!.bits).toBeCloseTo(5, 6);
    expect(first!.pruned).not.toBe(2400);
  }
});

test.each<[Budget, number, string]>([
  [{ flash: 900 }, 1000, 'OPQ0312'],
  [{ flash: 1010 }, 1000, 'OPQ0311'],
  [{ averageBits: 0 }, 0, 'OPQ0303'],
  [{ averageBits: 0.001 }, 0, 'OPQ0311'],
  [{ ratio: 20_000 }, 0, 'OPQ0303'],
])('%j with %i fixed bytes is refused with %s', (budget, fixedBytes, code) => {
  const model = laplaceNetwork([[40, 40, 0.1]], 1);
  expect(() => compressWeights(model, { budget, fixedBytes })).toThrow(expect.objectContaining({ code }));
});

/** Layers that are odd in one way each. */
const ODD: readonly (readonly [string, number, number, (i: number) => number])[] = [
  ['one weight', 1, 1, () => 0.7],
  ['all zeros', 4, 6, () => 0],
  ['constant', 5, 9, () => -0.25],
  ['one not zero', 5, 9, (i) => (i === 7 ? 3 : 0)],
  ['denormal', 6, 7, (i) => (i % 11) * 1e-42],
  ['huge', 6, 7, (i) => ((i % 13) - 6) * 1e37],
  ['one channel', 1, 40, (i) => Math.sin(i)],
  ['one input', 40, 1, (i) => Math.sin(i)],
  ['two magnitudes', 8, 8, (i) => (i % 2 ? 1 : -1e-6)],
];

test.each(ODD)('%s: every budget, allocator and gain gives sound weights', (_, outputs, inputs, value) => {
  const base = laplaceNetwork([[outputs, inputs, 1]], 1);
  const data = Float32Array.from({ length: outputs * inputs }, (_, i) => value(i));
  const model = { ...base, tensors: base.tensors.map((t) => (t.data === undefined ? t : { ...t, data })) };
  const budgets: readonly Budget[] = [
    { sparsity: 0, bits: 4 },
    { sparsity: 0.5, bits: 2 },
    { averageBits: 8 },
    { averageBits: 6, accounting: 'paper' },
  ];
  for (const budget of budgets)
    for (const allocator of ['opq', 'global-l2', 'uniform', 'lamp', 'riq'])
      for (const gain of ['none', 'channel'] as const) {
        let result;
        try {
          result = compressWeights(model, { budget, allocator, gain });
        } catch (error) {
          // The table alone of so small a layer takes more than the budget.
          expect(error).toMatchObject({ code: expect.stringMatching(/OPQ0311|OPQ0304/) });
          continue;
        }
        const [w] = result.weights;
        const real = tensorOf(result.model, w!.tensor).data as Float32Array;
        expect(real.every(Number.isFinite)).toBe(true);
        expect(w!.scales.every((s) => s > 0 && Number.isFinite(s))).toBe(true);
        expect(w!.error).toBeLessThanOrEqual(1.5);
        expect(Number.isFinite(result.totals.weightedError)).toBe(true);
      }
});

test('infinity names the layer', () => {
  const base = laplaceNetwork([[3, 3, 1]], 1);
  (base.tensors.find((t) => t.data)!.data as Float32Array)[4] = Infinity;
  expect(() => compressWeights(base, { budget: { averageBits: 4 } })).toThrow('Weight 4 of layer dense0 is Infinity.');
}); // prettier-ignore

test('ten million weights', () => {
  const model = laplaceNetwork([[2500, 4000, 0.02]], 2);
  const { totals } = compressWeights(model, { budget: { sparsity: 0.9, bits: 3.5 } });
  expect(totals.pruned).toBe(9_000_000);
  expect(layerWeights(model)[0]!.values).toHaveLength(10_000_000);
}, 60_000);
