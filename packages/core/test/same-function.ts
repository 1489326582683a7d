import { elementCount, tensorOf, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { createFloatInterpreter } from '@opq/reference';

const outputsOf = (model: Model, seed: number): readonly Float32Array[] => {
  const r = random(seed);
  const count = elementCount(tensorOf(model, model.inputs[0]!).shape);
  const input = Float32Array.from({ length: count }, () => r.real(-2, 2));
  return createFloatInterpreter(model).run([input]);
};

/** Two models give the same outputs, up to rounding relative to the largest value there is. */
export function expectSameFunction(a: Model, b: Model, seed: number, tolerance = 1e-4): void {
  const [first, second] = [outputsOf(a, seed), outputsOf(b, seed)];
  expect(second.map((o) => o.length)).toEqual(first.map((o) => o.length));
  first.forEach((values, i) => {
    const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
    const off = values.reduce((m, v, k) => Math.max(m, Math.abs(v - second[i]![k]!)), 0);
    expect(off / largest).toBeLessThan(tolerance);
  });
}
