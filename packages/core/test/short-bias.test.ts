import { ModelAssembler, isWeighted, tensorOf, type ActivationRanges } from '@opq/ir';
import { biasBase } from '@opq/encodings';
import { random } from '@opq/ir/testing';
import { compressWeights, quantiseActivations, quantiseModel } from '../src';

const CHANNELS = 24;

/** A dense layer of 24 outputs whose biases reach `reach` units of its sums, a unit being `unit` steps of its output. */
function biases(seed: number, reach: number, unit: number) {
  const r = random(seed);
  const a = new ModelAssembler();
  const input = a.input('x', [1, 32]);
  const values = Float32Array.from({ length: CHANNELS * 32 }, () => r.real(-1, 1));
  const weights = a.constant('w', [CHANNELS, 32], values);
  const given = Float32Array.from({ length: CHANNELS }, () => r.real(-1, 1));
  const bias = a.constant('b', [CHANNELS], given);
  const output = a.layer({ kind: 'fullyConnected', name: 'dense', input, weights, bias, activation: 'none' }, [1, CHANNELS]); // prettier-ignore
  const model = a.finish('short', [output]);
  const compression = compressWeights(model, { budget: { sparsity: 0.3, bits: 3 }, gain: 'none' });
  const scale = compression.weights[0]!.scales[0]! / 127;
  const real = given.map((b) => b * reach * scale);
  const tensors = compression.model.tensors.map((t) => (t.data === given ? { ...t, data: real } : t));
  const range = (step: number) => ({ min: -128 * step, max: 127 * step });
  const ranges: ActivationRanges = new Map([
    [input, range(1 / 127)],
    [output, range(scale / unit)],
  ]);
  const scaled = { ...compression.model, tensors } as typeof compression.model;
  const compressed = quantiseModel(scaled, { ...compression, model: scaled }, quantiseActivations(scaled, ranges));
  const layer = compressed.model.layers.find(isWeighted)!;
  const stored = tensorOf(compressed.model, layer.bias!).data as Int32Array;
  return { stored, exact: Int32Array.from(real, (b) => Math.round(b / scale)) };
} // prettier-ignore

const moved = ({ stored, exact }: ReturnType<typeof biases>): number =>
  stored.reduce((most, b, i) => Math.max(most, Math.abs(b - exact[i]!)), 0);
const takesByte = (stored: Int32Array): boolean => {
  const bits = stored.reduce((all, b) => all | b, 0);
  return biasBase(stored.map((b) => b / Math.max(1, bits & -bits))) !== undefined;
};

test('biases that fit a byte are exact', () => {
  for (let seed = 0; seed < 20; seed++) {
    const all = biases(seed, 120, 0.9);
    expect(moved(all)).toBeLessThanOrEqual(1); // as float32 rounds halves
    expect(takesByte(all.stored)).toBe(true);
  }
});

test('others are rounded to a byte where that moves no output by more than a third of a step, else not', () => {
  for (let seed = 0; seed < 20; seed++) {
    const near = biases(seed, 250, 0.3);
    expect(takesByte(near.stored)).toBe(true);
    expect(moved(near) * 0.3).toBeLessThanOrEqual(1 / 3 + 0.3);
    expect(near.stored.some((b, i) => b !== near.exact[i])).toBe(true);
    const far = biases(seed, 250, 0.4);
    expect(takesByte(far.stored)).toBe(false);
    expect(moved(far)).toBeLessThanOrEqual(1);
  }
});

test('two bytes where sums are large, four where that moves too much', () => {
  const short = (stored: Int32Array) => stored.every((b) => b % 2 ** 4 === 0);
  expect(short(biases(1, 500_000, 1 / 4096).stored)).toBe(true);
  expect(moved(biases(1, 500_000, 1 / 64))).toBeLessThanOrEqual(1);
});
