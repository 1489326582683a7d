import fc from 'fast-check';
import { random } from '@opq/ir/testing';
import { eliminate, inverse } from '../src/eliminate';
import { cholesky, dot, product, solve } from '../src/least-squares';

/** A positive definite matrix and a vector. */
const problem = fc.tuple(fc.nat(1e6), fc.integer({ min: 1, max: 9 })).map(([seed, n]) => {
  const r = random(seed);
  const rows = Array.from({ length: n + 2 }, () => Float64Array.from({ length: n }, () => r.real(-1, 1)));
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      h[i * n + j] = rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? 0.05 : 0);
  return { n, h, c: Float64Array.from({ length: n }, () => r.real(-3, 3)) };
});

/** Least wᵀHw − 2cᵀw over weights of these inputs only. */
function least(
  { n, h, c }: { n: number; h: Float64Array; c: Float64Array },
  inputs: readonly number[],
): number {
  const size = inputs.length;
  const u = Float64Array.from({ length: size * size }, (_, at) => h[inputs[Math.floor(at / size)]! * n + inputs[at % size]!]!); // prettier-ignore
  cholesky(u, size);
  const right = Float64Array.from(inputs, (i) => c[i]!);
  return size === 0 ? 0 : -dot(right, solve(u, right));
}

test('the inverse undoes a matrix; a singular one has none', () => {
  fc.assert(
    fc.property(problem, ({ n, h, c }) => {
      const undone = inverse(h, n)!;
      product(h, product(undone, c)).forEach((v, i) => expect(v).toBeCloseTo(c[i]!, 5));
    }),
  );
  expect(inverse(Float64Array.of(1, 1, 1, 1), 2)).toBeUndefined();
  expect(inverse(Float64Array.of(Number.NaN), 1)).toBeUndefined();
});

test('each time the input goes that costs least, and it costs what solving the others anew leaves', () => {
  fc.assert(
    fc.property(problem, (given) => {
      const { n, h, c } = given;
      const undone = inverse(h, n)!;
      const order = eliminate(undone, product(undone, c));
      let left = Array.from({ length: n }, (_, i) => i);
      for (const { input, cost } of order) {
        const now = least(given, left);
        const rises = left.map((i) => least(given, left.filter((j) => j !== i)) - now); // prettier-ignore
        const own = rises[left.indexOf(input)]!;
        expect(cost).toBeCloseTo(own, 4);
        expect(own).toBeLessThanOrEqual(Math.min(...rises) + 1e-6);
        left = left.filter((i) => i !== input);
      }
      expect(left).toEqual([]);
    }),
  );
});
