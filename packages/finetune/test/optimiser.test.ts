import fc from 'fast-check';
import { clip, startOptimiser, update, type OptimiserOptions } from '../src/optimiser';
import { learningRateAt } from '../src/schedule';

const adam: OptimiserOptions = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const plain = { weightDecay: 0, decays: new Uint8Array(3) };

test.each([adam, { kind: 'sgd', momentum: 0.9 }] as const)('%j finds the bottom of a bowl', (options) => {
  const bottom = [1, -2, 0.5];
  const values = new Float32Array(3);
  let state = startOptimiser(options, 3);
  for (let i = 0; i < 2000; i++)
    state = update(options, state, values, values.map((v, n) => 2 * (v - bottom[n]!)), {
      ...plain,
      learningRate: learningRateAt({ kind: 'cosine', peak: 0.05, warmUp: 0.1 }, i, 2000),
    });
  values.forEach((v, n) => expect(v).toBeCloseTo(bottom[n]!, 3));
}); // prettier-ignore

test('the first steps of Adam are the learning rate, whatever the size of the gradient', () => {
  for (const size of [1e-4, 1, 1e4]) {
    const values = new Float32Array(3);
    update(adam, startOptimiser(adam, 3), values, Float32Array.of(size, -size, 0), { ...plain, learningRate: 0.25 });
    expect(values[0]).toBeCloseTo(-0.25, 3);
    expect(values[1]).toBeCloseTo(0.25, 3);
    expect(values[2]).toBe(0);
  }
}); // prettier-ignore

test('decay takes its part of survivors and of nothing else', () => {
  const values = Float32Array.of(1, 1, -2);
  update(adam, startOptimiser(adam, 3), values, new Float32Array(3), {
    learningRate: 0.1,
    weightDecay: 0.5,
    decays: Uint8Array.of(1, 0, 1),
  });
  expect(Array.from(values)).toEqual([Math.fround(0.95), 1, Math.fround(-1.9)]);
});

test('clipping keeps the direction and never makes a gradient longer than its limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 1 }),
      fc.double({ min: 0.01, max: 50, noNaN: true }),
      (raw, limit) => {
        const gradient = Float32Array.from(raw);
        const before = gradient.slice();
        const norm = clip(gradient, limit);
        const factor = norm > limit ? limit / norm : 1;
        gradient.forEach((g, i) => expect(g).toBeCloseTo(before[i]! * factor, 3));
      },
    ),
  );
});

test('the rate rises, then falls along a cosine, and is never 0 where something is to be learnt', () => {
  const rate = (step: number) => learningRateAt({ kind: 'cosine', peak: 2, warmUp: 0.1 }, step, 100);
  expect(rate(0)).toBeCloseTo(2 / 11);
  expect(rate(10)).toBe(2);
  expect(rate(55)).toBeCloseTo(1);
  expect(rate(99)).toBeGreaterThan(0);
  for (let step = 11; step < 100; step++) expect(rate(step)).toBeLessThan(rate(step - 1));
  expect(learningRateAt({ kind: 'constant', peak: 3, warmUp: 0 }, 70, 100)).toBe(3);
});
