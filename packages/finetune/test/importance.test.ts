import { ModelAssembler, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { weightImportance } from '../src';

const INPUTS = 5;
const OUTPUTS = 3;

/** A dense layer, with a softmax behind it or without. */
function dense(softmax: boolean, bias = true): Model {
  const r = random(8);
  const a = new ModelAssembler();
  const weights = a.constant(
    'w',
    [OUTPUTS, INPUTS],
    Float32Array.from({ length: 15 }, () => r.real(-1, 1)),
  );
  const offset = bias ? { bias: a.constant('b', [OUTPUTS], Float32Array.of(0.1, -0.2, 0.3)) } : {};
  const input = a.input('input', [1, INPUTS]);
  const logits = a.layer({ kind: 'fullyConnected', name: 'dense', input, weights, ...offset, activation: 'none' }, [1, OUTPUTS]); // prettier-ignore
  const output = softmax ? a.layer({ kind: 'softmax', name: 'softmax', input: logits, beta: 1 }) : logits;
  return a.finish('net', [output]);
}

const samples = (() => {
  const r = random(2);
  return Array.from({ length: 40 }, () =>
    Float32Array.from({ length: INPUTS }, (_, i) => r.real(-1, 1) * (i + 1) + 2),
  );
})();
const mean = (of: (x: Float32Array) => number): number => samples.reduce((n, x) => n + of(x), 0) / samples.length; // prettier-ignore

test('without a softmax a weight of the last layer costs the variance of its input, and without a bias its mean square', async () => {
  const [free] = [...(await weightImportance(dense(false), samples)).values()];
  const [bound] = [...(await weightImportance(dense(false, false), samples)).values()];
  for (let at = 0; at < INPUTS * OUTPUTS; at++) {
    const i = at % INPUTS;
    const square = mean((x) => x[i]! ** 2);
    expect(bound![at]! / square).toBeCloseTo(1, 4);
    expect(free![at]! / (square - mean((x) => x[i]!) ** 2)).toBeCloseTo(1, 3);
  }
});

test('behind a softmax it costs in proportion to the doubt about its class, at the temperature asked for', async () => {
  const model = dense(true, false);
  const weights = model.tensors.find(({ name }) => name === 'w')!.data as Float32Array;
  for (const temperature of [1, 8]) {
    const [found] = [...(await weightImportance(model, samples, { temperature, directions: 300 })).values()];
    for (let o = 0; o < OUTPUTS; o++) {
      const wanted = mean((x) => {
        const powers = Array.from({ length: OUTPUTS }, (_, k) =>
          Math.exp(x.reduce((n, v, i) => n + v * weights[k * INPUTS + i]!, 0) / temperature),
        );
        const p = powers[o]! / powers.reduce((a, b) => a + b, 0);
        return p * (1 - p) * x[0]! ** 2;
      });
      expect(Math.abs(found![o * INPUTS]! / wanted - 1)).toBeLessThan(0.1);
    }
  }
}, 60_000);

test('the same each time; told how far it is; stopped when asked to', async () => {
  const told: number[] = [];
  const once = await weightImportance(dense(true), samples, { progress: (done) => told.push(done) });
  expect(told).toEqual(Array.from({ length: 41 }, (_, i) => i));
  expect(await weightImportance(dense(true), samples)).toEqual(once);
  const signal = AbortSignal.abort();
  await expect(weightImportance(dense(true), samples, { signal })).rejects.toMatchObject({ code: 'OPQ0814' });
});
