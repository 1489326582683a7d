import fc from 'fast-check';
import { random } from '@opq/ir/testing';
import { evenly } from '../../../tools/testing';
import { cholesky, coordinateDescent, dot, nearestPlane, product, solve } from '../src/least-squares';
import { levelBits } from '@opq/encodings';
import { allowedLevels, nearestLevel, pricedLevels } from '../src/levels';

/** A positive definite matrix and a vector. */
const problem = fc.tuple(fc.nat(1e6), fc.integer({ min: 1, max: 12 })).map(([seed, n]) => {
  const r = random(seed);
  const rows = Array.from({ length: n + 2 }, () => Float64Array.from({ length: n }, () => r.real(-1, 1)));
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      a[i * n + j] = rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? 0.01 : 0);
  return { n, a, b: Float64Array.from({ length: n }, () => r.real(-5, 5)) };
});
const LEVELS = [-3, -2, -1, 1, 2, 3];
const nearest = nearestLevel(LEVELS);
const prices = fc.array(evenly(0, 3), { minLength: 6, maxLength: 6 });
const cost = (a: Float64Array, b: Float64Array, q: Float64Array) => dot(q, product(a, q)) - 2 * dot(b, q);

test('the factor solves the equations', () => {
  fc.assert(
    fc.property(problem, ({ n, a, b }) => {
      const u = Float64Array.from(a);
      expect(cholesky(u, n)).toBe(true);
      product(a, solve(u, b)).forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 6));
    }),
  );
});

test('a matrix that is not positive definite has no factor', () => {
  expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  expect(cholesky(Float64Array.of(0), 1)).toBe(false);
  expect(cholesky(Float64Array.of(Number.NaN), 1)).toBe(false);
});

test('coordinate descent never raises the cost, ends where no single move lowers it', () => {
  fc.assert(
    fc.property(problem, prices, fc.nat(1000), ({ n, a, b }, each, seed) => {
      const r = random(seed);
      const levels = pricedLevels(LEVELS, each);
      const whole = (x: Float64Array) => cost(a, b, x) + x.reduce((sum, k) => sum + levels.price(k), 0);
      const q = Float64Array.from({ length: n }, () => nearest(r.real(-4, 4)));
      const before = whole(q);
      coordinateDescent(a, b, q, levels, 1000);
      const after = whole(q);
      expect(after).toBeLessThanOrEqual(before + 1e-9);
      for (let i = 0; i < n; i++)
        for (const level of LEVELS) {
          const other = Float64Array.from(q);
          other[i] = level;
          expect(whole(other)).toBeGreaterThanOrEqual(after - 1e-9);
        }
    }),
  );
});

test('a priced choice is the cheapest of all', () => {
  fc.assert(
    fc.property(prices, evenly(-6, 6), evenly(0.01, 9), (each, value, curvature) => {
      const levels = pricedLevels(LEVELS, each);
      const of = (k: number) => curvature * (value - k) ** 2 + levels.price(k);
      expect(of(levels.choose(value, curvature))).toBeCloseTo(Math.min(...LEVELS.map(of)), 12);
    }),
  );
}); // prettier-ignore

test('frequent levels cost fewer bits', () => {
  expect(levelBits([-1, 0, 1], [1, 1, -1, 1])).toEqual([2, 2, Math.log2(4 / 3)]);
  expect(levelBits([0], [])).toEqual([0]);
});

test('rounding with feedback is on average far better than rounding each by itself', () => {
  let feedback = 0;
  let alone = 0;
  for (const { n, a, b } of fc.sample(problem, 300)) {
    const u = Float64Array.from(a);
    cholesky(u, n);
    const x = solve(u, b);
    const error = (q: Float64Array) => cost(a, b, q) - cost(a, b, x);
    feedback += error(nearestPlane(u, x, { choose: Math.round }));
    alone += error(x.map(Math.round));
  }
  expect(feedback).toBeLessThan(0.7 * alone);
});

test('the nearest level is the nearest of all', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: -127, max: 127 }), { minLength: 1, maxLength: 40 }),
      evenly(-200, 200),
      (list, value) => {
        const levels = list.toSorted((x, y) => x - y);
        const least = Math.min(...levels.map((k) => Math.abs(k - value)));
        expect(Math.abs(nearestLevel(levels)(value) - value)).toBe(least);
      },
    ),
  );
});

test('levels keep between the smallest of the layer and the largest of the channel', () => {
  const codebook = [-5, -3, -2, 0, 2, 4];
  expect(allowedLevels(codebook, 0, 3)).toEqual([-3, -2, 0, 2]);
  expect(allowedLevels(codebook, 2, 4)).toEqual([-3, -2, 2, 4]);
});
