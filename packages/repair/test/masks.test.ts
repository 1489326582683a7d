import fc from 'fast-check';
import { compressMasked, compressWeights, layerWeights } from '@opq/core';
import { ModelAssembler, tensorOf, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { createFloatInterpreter } from '@opq/reference';
import { chooseMasks, reconstructLayers } from '../src';
import { chain, correlatedSamples } from './networks';

const budget = { sparsity: 0.5, bits: 4 };

test('every layer loses as many weights as before, and what is lost is zero', async () => {
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(100_000), async (seed) => {
      const model = chain(seed);
      const compression = compressWeights(model, { budget });
      const samples = correlatedSamples(model, 8, seed);
      const { model: pruned, masks } = await chooseMasks(model, compression, samples);
      for (const { tensor, pruned: count, mask } of compression.weights) {
        const chosen = masks.get(tensor)!;
        const values = tensorOf(pruned, tensor).data as Float32Array;
        expect(chosen.reduce((n, kept) => n + 1 - kept, 0)).toBe(count);
        values.forEach((w, i) => chosen[i] === 0 && expect(w).toBe(0));
        if (chosen.some((kept, i) => kept !== mask[i])) changed++;
      }
      const again = await chooseMasks(model, compression, samples);
      expect(again.model.tensors.map(({ data }) => data)).toEqual(pruned.tensors.map(({ data }) => data));
    }),
    { numRuns: 60 },
  );
  expect(changed).toBeGreaterThan(40);
});

/** One dense layer of 24 inputs and 8 outputs. */
function dense(seed: number): Model {
  const r = random(seed);
  const a = new ModelAssembler();
  const weights = a.constant(
    'w',
    [8, 24],
    Float32Array.from({ length: 192 }, () => r.real(-1, 1) ** 3),
  );
  const bias = a.constant('b', [8], new Float32Array(8));
  const input = a.input('input', [1, 24]);
  return a.finish('net', [a.layer({ kind: 'fullyConnected', name: 'dense', input, weights, bias, activation: 'none' }, [1, 8])]); // prettier-ignore
}

/** Square of what the outputs miss, beyond their means. */
function error(was: Model, is: Model, samples: readonly Float32Array[]): number {
  const [before, after] = [createFloatInterpreter(was), createFloatInterpreter(is)];
  const missing = samples.map((sample) => {
    const wanted = before.run([sample])[0]!;
    return Array.from(after.run([sample])[0]!, (y, c) => y - wanted[c]!);
  });
  return missing[0]!.reduce((sum, _, c) => {
    const mean = missing.reduce((n, one) => n + one[c]!, 0) / missing.length;
    return sum + missing.reduce((n, one) => n + (one[c]! - mean) ** 2, 0);
  }, 0);
}

test('outputs of a layer lose less than by masks of magnitudes, with survivors and levels solved for both', async () => {
  let [chosen, magnitudes] = [0, 0];
  for (let seed = 1; seed <= 12; seed++) {
    const model = dense(seed);
    const samples = correlatedSamples(model, 60, seed);
    const compression = compressWeights(model, { budget });
    const masks = await chooseMasks(model, compression, samples);
    const solved = async (from: typeof compression) =>
      (await reconstructLayers(model, from, samples)).compression.model;
    chosen += error(model, await solved(compressMasked(model, masks, { budget })), samples);
    magnitudes += error(model, await solved(compression), samples);
  }
  expect(chosen).toBeLessThan(0.9 * magnitudes);
}, 30_000);

test('a channel of larger scale, where errors count less, loses more', async () => {
  const model = dense(3);
  const samples = correlatedSamples(model, 60, 3);
  const { tensor } = layerWeights(model)[0]!;
  const lost = async (first: number) => {
    const importance = new Map([[tensor, Float64Array.of(first, 1, 1, 1, 1, 1, 1, 1)]]);
    const { masks } = await chooseMasks(model, compressWeights(model, { budget, importance }), samples);
    return masks
      .get(tensor)!
      .slice(0, 24)
      .reduce((n, kept) => n + 1 - kept, 0);
  };
  expect(await lost(1e-4)).toBeGreaterThan((await lost(1)) + 1);
});
