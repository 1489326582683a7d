import fc from 'fast-check';
import { channelPairs } from '@opq/core';
import { createFloatInterpreter } from '@opq/reference';
import { prepareFromSamples, prepareModel } from '../src';
import { equaliseDeviations } from '../src/deviations';
import { chain, correlatedSamples } from './networks';

/** √Var of every channel of a tensor over all pixels and samples, in two passes. */
function measured(
  model: ReturnType<typeof chain>,
  tensor: number,
  channels: number,
  samples: readonly Float32Array[],
): number[] {
  const network = createFloatInterpreter(model);
  const values: number[][] = Array.from({ length: channels }, () => []);
  for (const sample of samples)
    network.run([sample], (id, data) => {
      if (id === tensor) data.forEach((v, i) => values[i % channels]!.push(v));
    });
  return values.map((of) => {
    const mean = of.reduce((a, b) => a + b, 0) / of.length;
    return Math.sqrt(of.reduce((sum, v) => sum + (v - mean) ** 2, 0) / of.length);
  });
}

test('afterwards all channels between two layers vary alike, where they vary and no bound holds them', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(100_000), async (seed) => {
      const model = chain(seed);
      const samples = correlatedSamples(model, 6, seed);
      const result = await equaliseDeviations(model, samples);
      for (const { second, channels } of channelPairs(model)) {
        const before = measured(model, second.input, channels, samples);
        const varying = before.flatMap((d, c) => (d > 1e-4 ? [c] : []));
        const logs = varying.map((c) => Math.log(before[c]!));
        if (logs.length < 2 || Math.max(...logs) - Math.min(...logs) > 6) continue;
        const after = measured(result, second.input, channels, samples);
        for (const c of varying) expect(after[c]! / after[varying[0]!]!).toBeCloseTo(1, 2);
        compared++;
      }
    }),
    { numRuns: 100 },
  );
  expect(compared).toBeGreaterThan(30);
});

test('off, or without samples, a model is prepared from its weights alone; cut off, it ends', async () => {
  const seed = [...Array(50).keys()].find((s) =>
    channelPairs(chain(s)).some(({ channels }) => channels > 2),
  )!;
  const model = chain(seed);
  const samples = correlatedSamples(model, 2, 1);
  const from = { foldBatchNorm: true, equalise: false, importance: false };
  const prepared = prepareModel(model, from);
  expect(await prepareFromSamples(model, samples, { ...from, equaliseActivations: false })).toEqual(prepared);
  expect(await prepareFromSamples(model, [], { ...from, equaliseActivations: true })).toEqual(prepared);
  const on = { ...from, equaliseActivations: true };
  expect(await prepareFromSamples(model, samples, on)).not.toEqual(prepared);
  const signal = AbortSignal.abort();
  await expect(prepareFromSamples(model, samples, on, { signal })).rejects.toMatchObject({ code: 'OPQ0814' });
});
