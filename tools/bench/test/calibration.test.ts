import fc from 'fast-check';
import { evenly } from '../../testing';
import { fit, type Observation } from '../calibration/fit';

const observe = (steps: readonly number[], start: readonly number[], counts: readonly (readonly number[])[]): readonly Observation[] => {
  const cost = (of: readonly number[], own: readonly number[]): number => own.reduce((n, count, i) => n + count * of[i]!, 0);
  return counts.map((own) => ({ name: '', predicted: cost(start, own), measured: cost(steps, own), counts: own }));
}; // prettier-ignore

const COUNTS = [
  [1, 0, 0, 0],
  [3, 5, 0, 0],
  [2, 9, 4, 0],
  [1, 4, 7, 0],
];

test('steps that layers tell apart are found, and one that none takes stays', () => {
  fc.assert(
    fc.property(fc.array(evenly(1, 50), { minLength: 4, maxLength: 4 }), (steps) => {
      const start = [20, 20, 20, 17];
      const found = fit(start, observe(steps, start, COUNTS), 1e-9);
      for (const i of [0, 1, 2]) expect(found[i]! / steps[i]!).toBeCloseTo(1, 2);
      expect(found[3]).toBe(17);
    }),
  );
});

test('two steps that only come together share what is missing, and none falls below 0', () => {
  const [a, b] = fit([10, 10], [{ name: '', predicted: 20, measured: 30, counts: [1, 1] }], 1e-6);
  expect(a! + b!).toBeCloseTo(30, 2);
  expect(a! - b!).toBeCloseTo(0, 2);
  const below = fit([5, 5], [
    { name: '', predicted: 10, measured: 4, counts: [1, 1] },
    { name: '', predicted: 5, measured: 4.5, counts: [1, 0] },
  ]); // prettier-ignore
  for (const value of below) expect(value).toBeGreaterThanOrEqual(0);
});

test('against its inertia nothing moves', () => {
  const start = [10, 20];
  const found = fit(start, [{ name: '', predicted: 10, measured: 11, counts: [1, 0] }], 1e9);
  found.forEach((value, i) => expect(value).toBeCloseTo(start[i]!, 5));
});
