import fc from 'fast-check';
import { ModelAssembler, tensorOf, type Activation, type WeightedLayer } from '@opq/ir';
import { generateModel, random } from '@opq/ir/testing';
import { channelPairs, equaliseActivations, equaliseLayers, toFloatModel, type ChannelPair } from '../src';
import { weightedChain } from './graphs';
import { laplace } from './networks';
import { expectSameFunction } from './same-function';

test('equalisation keeps the function of chains of weighted layers', () => {
  let changed = 0;
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const model = weightedChain(seed, { norms: false });
      const result = equaliseLayers(model);
      expectSameFunction(model, result, seed);
      if (result !== model) changed++;
    }),
    { numRuns: 300 },
  );
  expect(changed).toBeGreaterThan(60);
});

test('equalisation keeps the function of networks of every operator', () => {
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const { model } = toFloatModel(generateModel(seed).model);
      expectSameFunction(model, equaliseLayers(model), seed, 1e-3);
    }),
    { numRuns: 200 },
  );
});

/** conv → (activation) → max pool → flatten → dense, the channels of both scaled apart by `spread`. */
function spoiled(spread: number, activation: Activation) {
  const r = random(5);
  const a = new ModelAssembler();
  const factors = Array.from({ length: 4 }, () => spread ** r.real(-1, 1));
  const input = a.input('input', [1, 4, 4, 2]);
  const w1 = a.constant('w1', [4, 3, 3, 2], laplace(72, 0.1, 1).map((v, i) => v * factors[Math.floor(i / 18)]!)); // prettier-ignore
  const w2 = a.constant(
    'w2',
    [3, 64],
    laplace(192, 0.1, 2).map((v, i) => v / factors[i % 4]!),
  );
  const bias = a.constant('b', [4], Float32Array.from(factors));
  const conv = a.layer({ kind: 'conv2d', name: 'conv', input, weights: w1, bias, stride: [1, 1], dilation: [1, 1], padding: { mode: 'same' }, activation }); // prettier-ignore
  const pool = a.layer({ kind: 'maxPool2d', name: 'pool', input: conv, window: [1, 1], stride: [1, 1], padding: { mode: 'same' }, activation: 'none' }); // prettier-ignore
  const flat = a.layer({ kind: 'reshape', name: 'flat', input: pool }, [1, 64]);
  return a.finish('net', [a.layer({ kind: 'fullyConnected', name: 'dense', input: flat, weights: w2, activation: 'none' }, [1, 3])]); // prettier-ignore
}

const rangesOf = (model: ReturnType<typeof spoiled>, name: string, channelOf: (i: number) => number) => {
  const layer = model.layers.find((l) => l.name === name) as WeightedLayer;
  const data = tensorOf(model, layer.weights).data as Float32Array;
  return [0, 1, 2, 3].map((c) =>
    data.reduce((m, v, i) => (channelOf(i) === c ? Math.max(m, Math.abs(v)) : m), 0),
  );
};

test('channel ranges of both layers meet', () => {
  const model = equaliseLayers(spoiled(16, 'relu'));
  const first = rangesOf(model, 'conv', (i) => Math.floor(i / 18));
  rangesOf(model, 'dense', (i) => i % 4).forEach((range, c) => expect(range / first[c]!).toBeCloseTo(1, 2));
});

test('factors are bounded, and ReLU6 keeps a layer as it is', () => {
  const original = spoiled(1e9, 'relu');
  const before = rangesOf(original, 'conv', (i) => Math.floor(i / 18));
  rangesOf(equaliseLayers(original), 'conv', (i) => Math.floor(i / 18)).forEach((range, c) => {
    expect(before[c]! / range).toBeLessThanOrEqual(1024 * 1.0001);
    expect(before[c]! / range).toBeGreaterThanOrEqual(0.9999 / 1024);
  });
  const clipped = spoiled(16, 'relu6');
  expect(equaliseLayers(clipped)).toBe(clipped);
});

test('channels of zeros stay zeros', () => {
  const model = spoiled(4, 'none');
  const id = (model.layers[0] as WeightedLayer).weights;
  const tensors = model.tensors.map((t, i) =>
    i === id ? { ...t, data: (t.data as Float32Array).map((v, k) => (k < 18 ? 0 : v)) } : t,
  );
  const result = equaliseLayers({ ...model, tensors });
  expect((tensorOf(result, id).data as Float32Array).slice(0, 18)).toEqual(new Float32Array(18));
  expectSameFunction({ ...model, tensors }, result, 3);
});

/** Deviations as samples might give them: far apart, and now and then a channel that never varies. */
const someDeviations =
  (seed: number) =>
  ({ channels }: ChannelPair): Float64Array => {
    const r = random(seed);
    return Float64Array.from({ length: channels }, () => (r.next() < 0.2 ? 0 : 10 ** r.real(-2, 2)));
  };

test('whatever the deviations, factors for them keep the function', () => {
  let changed = 0;
  fc.assert(
    fc.property(fc.nat(100_000), fc.boolean(), (seed, everyOperator) => {
      const model = everyOperator
        ? toFloatModel(generateModel(seed).model).model
        : weightedChain(seed, { norms: false });
      const result = equaliseActivations(model, someDeviations(seed));
      expectSameFunction(model, result, seed, 1e-3);
      if (channelPairs(model).length === 0) expect(result).toBe(model);
      else changed++;
    }),
    { numRuns: 300 },
  );
  expect(changed).toBeGreaterThan(60);
});

test('what a channel is divided by is its deviation over the geometric mean; one that never varies keeps its weights', () => {
  const model = spoiled(1, 'relu');
  const deviations = [0.5, 2, 0, 27];
  const result = equaliseActivations(model, () => Float64Array.from(deviations));
  const ratios = (name: string, channelOf: (i: number) => number) => {
    const before = rangesOf(model, name, channelOf);
    return rangesOf(result, name, channelOf).map((range, c) => range / before[c]!);
  };
  ratios('dense', (i) => i % 4).forEach((f, c) => expect(f).toBeCloseTo([1 / 6, 2 / 3, 1, 9][c]!, 5));
  ratios('conv', (i) => Math.floor(i / 18)).forEach((f, c) =>
    expect(f).toBeCloseTo([6, 1.5, 1, 1 / 9][c]!, 5),
  );
});

test('factors for deviations are bounded as well, and channels that all stand still change nothing', () => {
  const model = spoiled(1, 'relu');
  const before = rangesOf(model, 'dense', (i) => i % 4);
  const apart = equaliseActivations(model, () => Float64Array.from([1e-9, 1, 1, 1e9]));
  const factors = rangesOf(apart, 'dense', (i) => i % 4).map((range, c) => range / before[c]!);
  [1 / 1024, 1, 1, 1024].forEach((f, c) => expect(factors[c]! / f).toBeCloseTo(1, 4));
  const still = equaliseActivations(model, () => new Float64Array(4));
  expect(still.tensors.map((t) => t.data)).toEqual(model.tensors.map((t) => t.data));
});
