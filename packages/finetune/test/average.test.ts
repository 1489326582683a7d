import fc from 'fast-check';
import { random } from '@opq/ir/testing';
import { follow } from '../src/average';

const walk = (seed: number, steps: number): readonly Float32Array[] => {
  const r = random(seed);
  return Array.from({ length: steps }, () => Float32Array.from({ length: 4 }, () => r.real(-1, 1)));
};

const averageOf = (start: Float32Array, values: readonly Float32Array[], decay: number): Float32Array => {
  const average = start.slice();
  values.forEach((v, n) => follow(average, v, decay, n + 1));
  return average;
};

const run = fc.record({
  seed: fc.nat(1e6),
  steps: fc.integer({ min: 1, max: 200 }),
  decay: fc.integer({ min: 0, max: 999 }).map((n) => n / 1000),
});

test('without a decay it is what the values are, to the bit', () => {
  fc.assert(
    fc.property(run, ({ seed, steps }) => {
      const values = walk(seed, steps);
      expect(averageOf(new Float32Array(4), values, 0)).toEqual(values.at(-1));
    }),
  );
});

test('it stays between what it began with and what came', () => {
  fc.assert(
    fc.property(run, ({ seed, steps, decay }) => {
      const values = walk(seed, steps);
      const start = Float32Array.of(0.5, -0.5, 2, -2);
      averageOf(start, values, decay).forEach((y, i) => {
        const all = [start[i]!, ...values.map((v) => v[i]!)];
        expect(y).toBeGreaterThanOrEqual(Math.min(...all) - 1e-6);
        expect(y).toBeLessThanOrEqual(Math.max(...all) + 1e-6);
      });
    }),
  );
});

test('the last values weigh as a geometric series says, and the start is soon forgotten', () => {
  const still = Array.from({ length: 400 }, () => new Float32Array(1));
  const jump = [...still, Float32Array.of(1), Float32Array.of(1)];
  expect(averageOf(new Float32Array(1), jump, 0.9)[0]).toBeCloseTo(1 - 0.9 ** 2, 6);
  expect(averageOf(Float32Array.of(1), still.slice(0, 30), 0.999)[0]!).toBeLessThan(1e-6);
});

test('values that go to and fro come to rest', () => {
  const values = Array.from({ length: 1000 }, (_, n) => Float32Array.of(n % 2 === 0 ? 3 : 4));
  expect(averageOf(new Float32Array(1), values, 0.99)[0]).toBeCloseTo(3.5, 1);
});
