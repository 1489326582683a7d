import fc from 'fast-check';
import { isWeighted, tensorOf, type TensorId } from '@opq/ir';
import { random } from '@opq/ir/testing';
import {
  channelImportance,
  channelPairs,
  compressMasked,
  compressWeights,
  equaliseActivations,
  inputImportance,
  layerWeights,
} from '../src';
import { weightedChain } from './graphs';
import { denseNetwork, laplace } from './networks';

const twoLayers = denseNetwork([
  { outputs: 64, inputs: 27, values: laplace(64 * 27, 0.1, 1) },
  { outputs: 32, inputs: 64, values: laplace(32 * 64, 0.02, 2) },
]);

/** Some importance of each weight, that of an output channel times that of a weight's place. */
function someImportance(model: ReturnType<typeof weightedChain>, seed: number) {
  const r = random(seed);
  const rows = new Map<TensorId, Float64Array>();
  const all = new Map<TensorId, Float64Array>();
  for (const { tensor, channels, fanIn, stride } of layerWeights(model)) {
    const own = Float64Array.from({ length: channels }, () => 10 ** r.real(-2, 2));
    const places = Float64Array.from({ length: fanIn }, () => 10 ** r.real(-1, 1));
    const mean = Math.exp(places.reduce((n, p) => n + Math.log(p), 0) / fanIn);
    rows.set(tensor, own.map((row) => row * mean)); // prettier-ignore
    const channelOf = (i: number) => (stride === 1 ? Math.floor(i / fanIn) : i % stride);
    const placeOf = (i: number) => (stride === 1 ? i % fanIn : Math.floor(i / stride));
    all.set(tensor, Float64Array.from({ length: channels * fanIn }, (_, i) => own[channelOf(i)]! * places[placeOf(i)]!)); // prettier-ignore
  }
  return { rows, all };
}

test('importance of an output channel is the geometric mean of its weights', () => {
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const model = weightedChain(seed, { norms: false });
      const { rows, all } = someImportance(model, seed);
      for (const [tensor, channels] of channelImportance(model, all))
        channels.forEach((value, c) => expect(value / rows.get(tensor)![c]!).toBeCloseTo(1, 6));
    }),
    { numRuns: 100 },
  );
});

test('factors of importance leave inputs that all count alike', () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const model = weightedChain(seed, { norms: false });
      const { all } = someImportance(model, seed);
      const result = equaliseActivations(model, (pair) => inputImportance(model, all, pair));
      for (const pair of channelPairs(model)) {
        const { second, channels } = pair;
        if (second.kind === 'depthwiseConv2d' || channels < 2) continue;
        // w′ = w·s costs 1/s² of what w did.
        const [was, is] = [tensorOf(model, second.weights).data!, tensorOf(result, second.weights).data!];
        const later = new Map(all).set(second.weights, all.get(second.weights)!.map((f, i) => f * (Number(was[i]) / Number(is[i])) ** 2)); // prettier-ignore
        const left = inputImportance(model, later, pair);
        // The second layer's outputs may have been divided as well: that is the same for all of a row.
        left.forEach((factor) => expect(factor / left[0]!).toBeCloseTo(1, 3));
        compared++;
      }
    }),
    { numRuns: 100 },
  );
  expect(compared).toBeGreaterThan(20);
});

test('gains are the cube root of norm over importance, on a grid of half octaves and at most twice the middle; ω is 1', () => {
  const model = twoLayers;
  const importance = channelImportance(model, someImportance(model, 4).all);
  const { weights } = compressWeights(model, { budget: { ratio: 10 }, importance });
  expect(weights.map(({ omega }) => omega)).toEqual(weights.map(() => 1));
  const views = new Map(layerWeights(model).map((view) => [view.tensor, view]));
  for (const { tensor, scales, step } of weights) {
    const view = views.get(tensor)!;
    const wanted = scales.map((_, c) => {
      const own = view.values.slice(c * view.fanIn, (c + 1) * view.fanIn);
      const norm = Math.sqrt(own.reduce((n, w) => n + w * w, 0) / view.fanIn);
      return Math.cbrt(norm / importance.get(tensor)![c]!);
    });
    const middle = Math.exp(wanted.reduce((n, gain) => n + Math.log(gain), 0) / wanted.length);
    expect(Math.max(...wanted)).toBeGreaterThan(2 * middle);
    scales.forEach((scale, c) => {
      const octaves = Math.log2(scale / step / Math.min(wanted[c]!, 2 * middle));
      expect(Math.abs(octaves)).toBeLessThan(0.251);
    });
  }
});

test.each([{ ratio: 12 }, { averageBits: 2 }, { sparsity: 0.5, bits: 4 }] as const)(
  'steps for given masks: %j holds, the masks are those given, and finer steps would not fit',
  (budget) => {
    const model = twoLayers;
    const r = random(9);
    const masks = new Map(
      layerWeights(model).map(({ tensor, values }) => [tensor, Uint8Array.from(values, () => (r.next() < 0.4 ? 1 : 0))]),
    ); // prettier-ignore
    const { weights, totals } = compressMasked(model, { model, masks }, { budget });
    for (const { tensor, mask, levels } of weights) {
      expect(mask).toEqual(masks.get(tensor));
      // Of survivors with whole bits the smallest may round to zero.
      levels.forEach(
        (level, i) => (mask[i] === 0 || !('bits' in budget)) && expect(level !== 0).toBe(mask[i] === 1),
      );
    }
    if ('bits' in budget) return;
    const allowed = 'ratio' in budget ? totals.before / budget.ratio : (2 * totals.weights) / 8;
    expect(totals.bytes.flash).toBeLessThanOrEqual(allowed);
    expect(totals.bytes.flash).toBeGreaterThan(0.97 * allowed);
  },
);

test('layers without importance have the gains they had', () => {
  const model = weightedChain(11, { norms: false });
  const plain = compressWeights(model, { budget: { sparsity: 0.3, bits: 4 }, a: 0, b: 0 });
  const named = compressWeights(model, { budget: { sparsity: 0.3, bits: 4 }, importance: new Map() });
  expect(named.weights.map(({ scales }) => scales)).toEqual(plain.weights.map(({ scales }) => scales));
  expect(model.layers.some(isWeighted)).toBe(true);
});
