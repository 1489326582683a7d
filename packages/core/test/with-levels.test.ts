import { histogramOf } from '@opq/encodings';
import { ModelAssembler, isWeighted, tensorOf } from '@opq/ir';
import { compressWeights, withLevels } from '../src';
import { laplaceNetwork } from './networks';

const compressed = () =>
  compressWeights(laplaceNetwork([[6, 8, 0.1], [4, 6, 0.1]], 1), { budget: { sparsity: 0.5, bits: 4 }, gain: 'none' }); // prettier-ignore

test('new levels change codebook, account, totals and model, and nothing else', () => {
  const before = compressed();
  const [first, second] = before.weights;
  const levels = first!.levels.map((k) => Math.sign(k));
  const after = withLevels(before, { levels: new Map([[first!.tensor, levels]]) });
  const [changed, same] = after.weights;
  expect(same).toBe(second);
  expect(changed).toEqual({
    ...first,
    levels,
    codebook: histogramOf(levels).levels,
    account: changed!.account,
  });
  expect(changed!.account.paper).toBe(first!.account.paper);
  expect(changed!.account.flash).toBeLessThan(first!.account.flash);
  const data = tensorOf(after.model, first!.tensor).data as Float32Array;
  expect(data.every((v, i) => v === Math.fround(levels[i]! * first!.scales[0]!))).toBe(true);
  const stored = after.weights.reduce((n, w) => n + w.account.flash, 0) / 8;
  expect(after.totals.bytes.flash).toBe(stored);
  expect(after.totals.bytes.paper).toBe(before.totals.bytes.paper);
});

test('a bias is made where there is none, and replaced where there is one', () => {
  const bias = Float32Array.of(1, 2, 3, 4);
  const once = withLevels(compressed(), { biases: new Map([['dense1', bias]]) });
  const [, layer] = once.model.layers.filter(isWeighted);
  expect(tensorOf(once.model, layer!.bias!).data).toBe(bias);
  const twice = withLevels(once, { biases: new Map([['dense1', bias.map((v) => v + 1)]]) });
  expect(twice.model.tensors.length).toBe(once.model.tensors.length);
});

test('a pruned weight takes no level, and a tensor no other number of them', () => {
  const c = compressed();
  const { tensor, levels } = c.weights[0]!;
  const change = (changed: Int8Array) => () => withLevels(c, { levels: new Map([[tensor, changed]]) });
  expect(change(levels.map(() => 1))).toThrow('a pruned weight of dense0 has a level');
  expect(change(levels.slice(1))).toThrow('47 levels for 48 weights of dense0');
});

test('a bias that another layer reads is left to it', () => {
  const a = new ModelAssembler();
  const input = a.input('input', [1, 2]);
  const bias = a.constant('b', [2], Float32Array.of(1, 2));
  const dense = (name: string, from: typeof input, values: Float32Array) =>
    a.layer({ kind: 'fullyConnected', name, input: from, weights: a.constant(name, [2, 2], values), bias, activation: 'none' }, [1, 2]); // prettier-ignore
  const first = dense('first', input, Float32Array.of(1, -2, 3, 4));
  const model = a.finish('net', [dense('second', first, Float32Array.of(5, 6, -7, 8))]);
  const result = withLevels(compressWeights(model, { budget: { sparsity: 0, bits: 8 } }), {
    biases: new Map([['second', Float32Array.of(7, 8)]]),
  });
  const data = result.model.layers.filter(isWeighted).map((l) => tensorOf(result.model, l.bias!).data);
  expect(data).toEqual([Float32Array.of(1, 2), Float32Array.of(7, 8)]);
});
