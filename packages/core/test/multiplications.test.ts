import fc from 'fast-check';
import { evenly } from '../../../tools/testing';
import { allocatePruning } from '../src/allocate';
import { findAllocator, type LayerStatistics } from '../src/allocators';
import { pricedShares } from '../src/allocators/priced';
import { pruningError } from '../src/laplace';
import { compressWeights, layerWeights } from '../src';
import { laplaceNetwork } from './networks';

const OPTIONS = { a: 0.5, b: 1, solver: 'laplace' } as const;
const POLICY = { skip: false, sparsity: undefined, bits: undefined, maximumSparsity: 1 };
const sum = (list: readonly number[]): number => list.reduce((n, v) => n + v, 0);

function statistics(values: Float32Array, uses: number, limit = 1): LayerStatistics {
  const tau = sum(Array.from(values, Math.abs)) / Math.max(1, values.length);
  return { name: 'l', values, tau, energy: sum(Array.from(values, (v) => v * v)), gainPower: 1, limit, uses };
}

const value = fc.oneof(evenly(-2, 2), fc.constantFrom(0, 0.5, -0.5, 1e-40));
const layers = fc.array(
  fc
    .tuple(
      fc.array(value, { minLength: 1, maxLength: 50 }),
      fc.constantFrom(1, 0.99, 0.5, 0),
      fc.constantFrom(1, 4, 64, 1024),
    )
    .map(([list, limit, uses]) => statistics(Float32Array.from(list), uses, limit)),
  { minLength: 1, maxLength: 6 },
);

test('the multiplications that are asked for are kept with as many weights pruned, wherever any choice of weights keeps them', () => {
  fc.assert(
    fc.property(
      layers,
      evenly(0, 1),
      evenly(0, 1),
      fc.constantFrom('laplace' as const, 'exact' as const),
      fc.constantFrom('opq', 'global-l2', 'riq'),
      (list, part, share, solver, name) => {
        const limits = list.map((l) => Math.floor(l.values.length * l.limit));
        const all = sum(list.map((l) => l.values.length));
        const sparsity = Math.min(0.999, Math.floor(part * sum(limits)) / all);
        const wanted = Math.round(sparsity * all);
        if (wanted > sum(limits)) return;
        const left = (counts: readonly number[]): number =>
          sum(list.map((l, i) => l.uses * (l.values.length - counts[i]!)));
        const prune = (macs?: number): readonly number[] =>
          allocatePruning(findAllocator(name), list, list.map(() => POLICY), sparsity, { ...OPTIONS, solver, macs });
        // The fewest that can be left: layers with the most uses lose all they may, first.
        let [rest, fewest] = [wanted, left(list.map(() => 0))];
        for (const [, i] of list.map((l, i) => [l.uses, i] as const).sort((x, y) => y[0] - x[0])) {
          const count = Math.min(rest, limits[i]!);
          rest -= count;
          fewest -= count * list[i]!.uses;
        }
        const free = left(prune());
        const macs = Math.floor(fewest + share * (free - fewest));
        if (macs < fewest) {
          expect(() => prune(macs)).toThrow(expect.objectContaining({ code: 'OPQ0313' }));
          return;
        }
        const counts = prune(macs);
        expect(sum(counts)).toBe(wanted);
        counts.forEach((count, i) => expect(count).toBeLessThanOrEqual(limits[i]!));
        expect(left(counts)).toBeLessThanOrEqual(macs);
        expect(prune(free)).toEqual(prune());
      },
    ),
    { numRuns: 400 },
  );
}); // prettier-ignore

test('no other shares that prune as much and leave as few multiplications lose less', () => {
  fc.assert(
    fc.property(
      fc.array(evenly(0.05, 2), { minLength: 3, maxLength: 3 }),
      fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 3, maxLength: 3 }),
      evenly(0.05, 0.9),
      fc.double({ min: 1e-6, max: 0.1, noNaN: true }),
      (taus, omega, sparsity, price) => {
        const uses = [1024, 64, 1];
        const list = taus.map((tau, i) => ({ ...statistics(new Float32Array(100), uses[i]!), tau }));
        const pruned = sparsity * 300;
        const shares = pricedShares(list, omega, pruned, price, 'laplace');
        expect(sum(shares)).toBeCloseTo(pruned, 4);
        const cost = (counts: readonly number[]): number =>
          sum(counts.map((count, i) => {
            const share = Math.min(count / 100, 1 - 1e-12);
            const lost = pruningError(-taus[i]! * Math.log1p(-share), taus[i]!);
            return 100 * omega[i]! * lost + price * uses[i]! * (100 - count);
          }));
        const least = cost(shares);
        for (const [from, to] of [[0, 1], [1, 0], [0, 2], [2, 0], [1, 2], [2, 1]] as const) {
          for (const moved of [0.01, 1, 10]) {
            const other = shares.map((s, i) => (i === from ? s - moved : i === to ? s + moved : s));
            if (other.some((s) => s < 0 || s > 100)) continue;
            expect(cost(other)).toBeGreaterThanOrEqual(least - 1e-6 * Math.abs(least));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
}); // prettier-ignore

test('a budget keeps to both bytes and multiplications; what cannot be is told', () => {
  const model = laplaceNetwork(
    [
      [20, 100, 0.1],
      [50, 20, 0.2],
    ],
    1,
  );
  expect(layerWeights(model).map(({ uses }) => uses)).toEqual([1, 1]);
  const free = compressWeights(model, { budget: { ratio: 12 } });
  expect(free.totals.macs.before).toBe(3000);
  const macs = Math.floor(free.totals.macs.left * 0.8);
  const tight = compressWeights(model, { budget: { ratio: 12 }, macs });
  expect(tight.totals.macs.left).toBeLessThanOrEqual(macs);
  expect(tight.totals.bytes.flash).toBeLessThanOrEqual(free.totals.before / 12);
  // A model that stands on codebooks comes back as it is, unless it takes more multiplications than are asked for.
  const again = { budget: { ratio: 8 }, gain: 'none' } as const;
  const once = compressWeights(model, again);
  const { left } = once.totals.macs;
  expect(compressWeights(once.model, { ...again, macs: left }).totals.macs.left).toBe(left);
  expect(compressWeights(once.model, { ...again, macs: left - 100 }).totals.macs.left).toBeLessThanOrEqual(
    left - 100,
  );
  for (const [options, code] of [
    [{ budget: { sparsity: 0.5, bits: 4 }, macs: 100 }, 'OPQ0313'],
    [{ budget: { ratio: 12 }, macs: 1 }, 'OPQ0313'],
    [{ budget: { ratio: 100 }, macs: 2900, maximumSparsity: 0.1 }, 'OPQ0311'],
    [{ budget: { ratio: 12 }, macs: 0 }, 'OPQ0303'],
    [{ budget: { ratio: 12 }, macs: 1000, allocator: 'uniform' }, 'OPQ0314'],
  ] as const)
    expect(() => compressWeights(model, options)).toThrow(expect.objectContaining({ code }));
});
