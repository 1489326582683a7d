import fc from 'fast-check';
import { isWeighted } from '@opq/ir';
import { compressWeights } from '@opq/core';
import { correctBias, layerErrors } from '../src';
import { walk } from '../src/walk';
import { chain, correlatedSamples, laplaceNetwork } from './networks';

const budget = { sparsity: 0.4, bits: 3.5 };

test('on the calibration samples every channel of every layer has the mean it had', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(100_000), async (seed) => {
      const model = chain(seed);
      const samples = correlatedSamples(model, 8, seed);
      const corrected = await correctBias(model, compressWeights(model, { budget }), samples);
      const check = async ({ targets, run, layer }: Parameters<Parameters<typeof walk>[4]>[0]) => {
        const outputs = await run(corrected.model);
        const channels = model.tensors[layer.output]!.shape.at(-1)!;
        const sums = new Float64Array(channels);
        let scale = 1e-3;
        outputs.forEach((values, s) =>
          values.forEach((v, i) => {
            sums[i % channels] = sums[i % channels]! + v - targets[s]![i]!;
            scale = Math.max(scale, Math.abs(targets[s]![i]!));
          }),
        );
        const count = (outputs.length * outputs[0]!.length) / channels;
        for (const sum of sums) expect(Math.abs(sum / count / scale)).toBeLessThan(1e-5);
        return outputs;
      };
      await walk(model, corrected.model, samples, '', check, {});
    }),
    { numRuns: 100 },
  );
});

test('levels stay, biases come up where there were none', async () => {
  const model = laplaceNetwork([[20, 30, 0.1], [5, 20, 0.1]], 3); // prettier-ignore
  const compressed = compressWeights(model, { budget });
  const corrected = await correctBias(model, compressed, correlatedSamples(model, 50, 1));
  expect(corrected.weights).toEqual(compressed.weights);
  expect(corrected.model.layers.filter(isWeighted).every((layer) => layer.bias !== undefined)).toBe(true);
  const fresh = correlatedSamples(model, 80, 1).slice(50);
  const [before, after] = [compressed, corrected].map((c) => layerErrors(model, c.model, fresh));
  expect((await after!).output.decibels).toBeGreaterThan((await before!).output.decibels);
});

test('a stopped run, no sample, a sample of another size: each has its error', async () => {
  const model = laplaceNetwork([[4, 6, 0.1]], 1);
  const compressed = compressWeights(model, { budget });
  const samples = correlatedSamples(model, 2, 1);
  const stopped = correctBias(model, compressed, samples, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'OPQ0814' });
  await expect(correctBias(model, compressed, [])).rejects.toThrow('No calibration sample to repair dense with.');
  await expect(correctBias(model, compressed, [new Float32Array(5)])).rejects.toMatchObject({ code: 'OPQ1001' });
}); // prettier-ignore

test('progress runs through the layers', async () => {
  const model = laplaceNetwork([[4, 6, 0.1], [3, 4, 0.1]], 1); // prettier-ignore
  const seen: unknown[] = [];
  const progress = (...args: unknown[]) => void seen.push(args);
  await correctBias(model, compressWeights(model, { budget }), correlatedSamples(model, 2, 1), { progress });
  expect(seen).toEqual([0, 1, 2].map((done) => ['correcting biases', done, 2]));
});

test('equal networks have no error', async () => {
  const model = chain(7);
  const errors = await layerErrors(model, model, correlatedSamples(model, 3, 1));
  expect(errors.output).toEqual({ relative: 0, decibels: Infinity });
  expect(errors.layers.map((l) => l.layer)).toEqual(model.layers.filter(isWeighted).map((l) => l.name));
  expect(errors.layers.every((l) => l.relative === 0)).toBe(true);
});
