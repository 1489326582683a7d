import fc from 'fast-check';
import { evenly } from '../../../tools/testing';
import { allocatePruning } from '../src/allocate';
import { allocators, findAllocator, type LayerStatistics } from '../src/allocators';
import { globalShares } from '../src/allocators/global-order';
import { lampScores } from '../src/allocators/lamp';
import { policiesFor } from '../src/policy';
import { solverDisagreement } from '../src';
import { laplace, laplaceNetwork } from './networks';

const OPTIONS = { a: 0.5, b: 1, solver: 'laplace' } as const;

function statistics(values: Float32Array, limit = 1, gainPower = 1): LayerStatistics {
  const tau = values.reduce((n, v) => n + Math.abs(v), 0) / Math.max(1, values.length);
  return { name: 'l', values, tau, energy: values.reduce((n, v) => n + v * v, 0), gainPower, limit, uses: 1 };
}

const value = fc.oneof(evenly(-2, 2), fc.constantFrom(0, 0.5, -0.5, 1e-40, -1e-40, 1e30));
const layers = fc.array(
  fc
    .tuple(fc.array(value, { minLength: 1, maxLength: 50 }), fc.constantFrom(1, 0.99, 0.5, 0))
    .map(([list, limit]) => statistics(Float32Array.from(list), limit)),
  { minLength: 1, maxLength: 6 },
);
const capacity = (list: readonly LayerStatistics[]) => list.map((l) => Math.floor(l.values.length * l.limit));
const sum = (list: readonly number[]) => list.reduce((n, v) => n + v, 0);

test.each(allocators.map(({ name }) => name))(
  '%s prunes what is asked, to the weight, and no layer beyond its limit',
  (name) => {
    fc.assert(
      fc.property(layers, evenly(0, 1), fc.constantFrom('laplace', 'exact'), (list, part, solver) => {
        const limits = capacity(list);
        const all = sum(list.map((l) => l.values.length));
        const sparsity = Math.min(0.999, (Math.floor(part * sum(limits)) / all));
        const policies = list.map(() => ({ skip: false, sparsity: undefined, bits: undefined, maximumSparsity: 1 }));
        const options = { ...OPTIONS, solver: solver as 'exact' };
        const wanted = Math.round(sparsity * all);
        if (wanted > sum(limits)) return;
        const counts = allocatePruning(findAllocator(name), list, policies, sparsity, options);
        expect(sum(counts)).toBe(wanted);
        counts.forEach((count, i) => expect(count).toBeLessThanOrEqual(limits[i]!));
      }),
      { numRuns: 400 },
    );
  },
); // prettier-ignore

test('the exact order is that of a sort', () => {
  fc.assert(
    fc.property(layers, evenly(0, 1), (list, part) => {
      const scored = list.map((l, i) => ({ scores: l.values, factor: 1 + i, limit: 1 }));
      const all = scored.flatMap(({ scores, factor }, layer) =>
        Array.from(scores, (s) => ({ score: Math.fround(Math.abs(s) * factor), layer })),
      );
      const pruned = Math.floor(part * all.length);
      all.sort((x, y) => x.score - y.score || x.layer - y.layer);
      const wanted = list.map((_, i) => all.slice(0, pruned).filter(({ layer }) => layer === i).length);
      expect(globalShares(scored, pruned)).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});

test('scores of lamp are those of its definition', () => {
  fc.assert(
    fc.property(fc.array(evenly(-3, 3), { minLength: 1, maxLength: 40 }), (list) => {
      const values = Float32Array.from(list);
      const squares = Array.from(values, (v) => v * v).sort((a, b) => a - b);
      const wanted = squares.map((s, i) => (s === 0 ? 0 : Math.sqrt(s / sum(squares.slice(i)))));
      lampScores(values).forEach((score, i) => expect(score).toBeCloseTo(wanted[i]!, 5));
    }),
  );
}); // prettier-ignore

test('uniform takes the same share of every layer; a full layer leaves the rest to the others', () => {
  const list = [100, 200, 300].map((n) => statistics(laplace(n, 0.1, n)));
  expect(findAllocator('uniform').shares(list, 300, OPTIONS)).toEqual([50, 100, 150]);
  const capped = [statistics(laplace(100, 0.1, 1), 0.2), ...list.slice(1)];
  findAllocator('uniform')
    .shares(capped, 300, OPTIONS)
    .forEach((share, i) => expect(share).toBeCloseTo([20, 112, 168][i]!, 9));
});

test('global-l2 has one threshold for all layers, in the real weights', () => {
  const [a, b] = [laplace(4000, 0.1, 1), laplace(4000, 0.4, 2)];
  const [p = 0, q = 0] = findAllocator('global-l2').shares([statistics(a), statistics(b)], 4000, OPTIONS);
  // Thresholds −τ ln(1 − p) agree.
  const thresholds = [[p, 0.1], [q, 0.4]].map(([n = 0, tau = 0]) => -tau * Math.log(1 - n / 4000)); // prettier-ignore
  expect(thresholds[0]! / thresholds[1]!).toBeCloseTo(1, 1);
  // A gain of 4 on the first brings it to the scale of the second.
  const gained = [statistics(a, 1, 16), statistics(b)];
  const shares = findAllocator('global-l2').shares(gained, 4000, OPTIONS);
  expect(shares[0]! / shares[1]!).toBeCloseTo(1, 1);
});

test('on Laplace weights the closed form and the exact order agree', () => {
  const model = laplaceNetwork([[200, 300, 0.1], [150, 200, 0.02], [100, 150, 0.5]], 11); // prettier-ignore
  for (const allocator of ['opq', 'global-l2', 'riq'])
    for (const sparsity of [0.3, 0.6, 0.9])
      expect(
        solverDisagreement(model, { allocator, budget: { sparsity, bits: 4 }, gain: 'none' }, sparsity),
      ).toBeLessThan(0.01);
});

test('overrides: skipped, fixed and capped layers', () => {
  const named = ['a', 'b', 'c', 'd'].map((name) => ({ name }) as never);
  const policies = policiesFor(named, {
    skip: ['b'],
    layers: { c: { sparsity: 0.25, bits: 3 }, d: { maximumSparsity: 0.5 } },
    keepEnds: 'first',
  });
  expect(policies).toEqual([
    { skip: true, sparsity: 0, bits: undefined, maximumSparsity: 0 },
    { skip: true, sparsity: 0, bits: undefined, maximumSparsity: 0 },
    { skip: false, sparsity: 0.25, bits: 3, maximumSparsity: 0.99 },
    { skip: false, sparsity: undefined, bits: undefined, maximumSparsity: 0.5 },
  ]);
  expect(() => policiesFor(named, { skip: ['e'] })).toThrow(expect.objectContaining({ code: 'OPQ0310' }));
  expect(() => policiesFor(named, { layers: { a: { bits: 9 } } })).toThrow(
    expect.objectContaining({ code: 'OPQ0303' }),
  );
});
