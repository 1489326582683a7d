import { histogramOf } from '@opq/encodings';
import fc from 'fast-check';
import { ModelAssembler, crc32, isWeighted, tensorOf, type Model } from '@opq/ir';
import {
  compressWeights,
  quantiseActivations,
  quantiseModel,
  type CompressedWeights,
  type WeightCompression,
} from '@opq/core';
import { createRangeObserver } from '@opq/reference';
import { evenly } from '../../../tools/testing';
import { layerErrors, prepareModel, reconstructLayers, repairCompression } from '../src';
import { chain, correlatedSamples, laplaceNetwork } from './networks';

const budgets = fc.record({
  sparsity: evenly(0, 0.8),
  bits: evenly(1.2, 7),
});
const channelOf = (w: CompressedWeights, model: Model, i: number): number => {
  const channels = w.largestLevels.length;
  const depthwise = model.layers.some((l) => l.kind === 'depthwiseConv2d' && l.weights === w.tensor);
  return depthwise ? i % channels : Math.floor(i / (w.levels.length / channels));
};

test('masks and steps stay, every level is allowed, no error rises', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(100_000), budgets, async (seed, budget) => {
      const model = chain(seed);
      let compressed: WeightCompression;
      try {
        compressed = compressWeights(model, { budget });
      } catch {
        return; // so small a network cannot lose so much
      }
      const samples = correlatedSamples(model, 8, seed);
      const { compression, layers } = await reconstructLayers(model, compressed, samples);
      compression.weights.forEach((w, n) => {
        const old = compressed.weights[n]!;
        const { levels, account } = w;
      expect(w).toEqual({ ...old, levels, codebook: histogramOf(levels).levels, account });
      w.levels.forEach((k, i) => {
          if (w.mask[i] === 0) return expect(k).toBe(0);
          expect(old.codebook).toContain(k);
          expect(Math.abs(k)).toBeGreaterThanOrEqual(w.smallestLevel);
          expect(Math.abs(k)).toBeLessThanOrEqual(w.largestLevels[channelOf(w, model, i)]!);
        });
      });
      for (const { before = 0, after = 0 } of layers) expect(after).toBeLessThanOrEqual(before * (1 + 1e-6) + 1e-12);
    }),
    { numRuns: 150 },
  );
}); // prettier-ignore

test.each([[{ sparsity: 0.5, bits: 4 }, 4], [{ sparsity: 0.6, bits: 2.5 }, 4]])('on correlated inputs the error falls, at %j by more than %d dB on fresh samples', async (budget, gain) => {
  for (let seed = 1; seed <= 4; seed++) {
    const model = laplaceNetwork([[40, 60, 0.1], [20, 40, 0.1]], seed); // prettier-ignore
    const compressed = compressWeights(model, { budget });
    const samples = correlatedSamples(model, 300, seed);
    const { compression, layers } = await reconstructLayers(model, compressed, samples.slice(0, 200));
    for (const { before, after } of layers) expect(after).toBeLessThan(0.5 * before!);
    const [was, is] = [compressed, compression].map((c) => layerErrors(model, c.model, samples.slice(200)));
    expect((await is!).output.decibels).toBeGreaterThan((await was!).output.decibels + gain);
  }
}); // prettier-ignore

test('without pruning and at 8 bits there is nearly nothing to do', async () => {
  const model = laplaceNetwork([[40, 60, 0.1], [20, 40, 0.1]], 2); // prettier-ignore
  const compressed = compressWeights(model, { budget: { sparsity: 0, bits: 8 } });
  const { compression } = await reconstructLayers(model, compressed, correlatedSamples(model, 100, 2));
  compression.weights.forEach((w, n) => {
    const old = compressed.weights[n]!.levels;
    const moved = w.levels.reduce((sum, k, i) => sum + (k - old[i]!) ** 2, 0);
    expect(moved / old.reduce((sum, k) => sum + k * k, 0)).toBeLessThan(2e-3);
  });
});

test('the same input gives the same bytes', async () => {
  const model = chain(11);
  const bytes = async () => {
    const compressed = compressWeights(model, { budget: { sparsity: 0.3, bits: 3 } });
    const { compression } = await reconstructLayers(model, compressed, correlatedSamples(model, 6, 1));
    return compression.model.tensors.map((t) => (t.data ? crc32(new Uint8Array(t.data.buffer)) : 0));
  };
  expect(await bytes()).toEqual(await bytes());
});

test('wide layers and shared weights are left alone, and said so', async () => {
  const a = new ModelAssembler();
  const input = a.input('input', [1, 3]);
  const weights = a.constant('w', [3, 3], Float32Array.of(1, 2, -3, 4, 5, 6, -7, 8, 9));
  const dense = (name: string, from: typeof input) =>
    a.layer({ kind: 'fullyConnected', name, input: from, weights, activation: 'none' }, [1, 3]);
  const model = a.finish('net', [dense('b', dense('a', input))]);
  const samples = correlatedSamples(model, 4, 1);
  const compressed = compressWeights(model, { budget: { sparsity: 0.3, bits: 3 } });
  const shared = await reconstructLayers(model, compressed, samples);
  expect(shared.layers).toEqual([{ layer: 'a', skipped: 'shared' }, { layer: 'b', skipped: 'shared' }]);
  const single = laplaceNetwork([[4, 6, 0.1]], 1);
  const wide = await reconstructLayers(single, compressWeights(single, { budget: { sparsity: 0.3, bits: 3 } }), correlatedSamples(single, 4, 1), { maximumFanIn: 5 });
  expect(wide.layers).toEqual([{ layer: 'dense0', skipped: 'fan-in' }]);
}); // prettier-ignore

test('repairs are switched one by one', async () => {
  const model = chain(3);
  const compressed = compressWeights(model, { budget: { sparsity: 0.3, bits: 3 } });
  const samples = correlatedSamples(model, 4, 1);
  const off = await repairCompression(model, compressed, samples, { reconstruction: false, biasCorrection: false }); // prettier-ignore
  expect(off).toEqual({ compression: compressed, layers: [] });
  expect(off.compression).toBe(compressed);
  const bias = await repairCompression(model, compressed, samples, { reconstruction: false, biasCorrection: true }); // prettier-ignore
  expect(bias.compression.weights).toEqual(compressed.weights);
  const both = await repairCompression(model, compressed, samples, { reconstruction: true, biasCorrection: true }); // prettier-ignore
  expect(both.layers.length).toBe(compressed.weights.length);
  expect(prepareModel(model, { foldBatchNorm: false, equalise: false })).toBe(model);
});

test('a repaired compression becomes int8 with its levels and its biases', async () => {
  const model = laplaceNetwork([[20, 30, 0.1], [5, 20, 0.1]], 3); // prettier-ignore
  const samples = correlatedSamples(model, 60, 1);
  const compressed = compressWeights(model, { budget: { sparsity: 0.3, bits: 4 } });
  const repairs = { reconstruction: true, biasCorrection: true };
  const { compression } = await repairCompression(model, compressed, samples, repairs);
  const observer = createRangeObserver(compression.model);
  samples.forEach((sample) => observer.observe(sample));
  const activations = quantiseActivations(compression.model, observer.ranges);
  const int8 = quantiseModel(compression.model, compression, activations);
  compression.weights.forEach((w) => expect(tensorOf(int8.model, w.tensor).data).toEqual(w.levels));
  expect(int8.model.layers.every((layer) => isWeighted(layer) && layer.bias !== undefined)).toBe(true);
});
