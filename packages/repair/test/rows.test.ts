import fc from 'fast-check';
import { isWeighted, tensorOf } from '@opq/ir';
import { layerWeights, weightIndex } from '@opq/core';
import { createFloatInterpreter } from '@opq/reference';
import { layerRunner } from '../src/layer-runner';
import { layerRows, samplePixels } from '../src/rows';
import { chain, correlatedSamples } from './networks';

test('rows times weights are what the layer computes', () => {
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const model = chain(seed);
      const values = new Map<number, Float32Array>();
      createFloatInterpreter(model).run([correlatedSamples(model, 1, seed)[0]!], (id, v) =>
        values.set(id, v.slice()),
      );
      for (const layer of model.layers.filter(isWeighted)) {
        const view = layerWeights(model).find((w) => w.tensor === layer.weights)!;
        const rows = layerRows(model, layer);
        const input = values.get(layer.input)!;
        const expected = layerRunner(model, layer).run([input]);
        const bias = layer.bias === undefined ? undefined : tensorOf(model, layer.bias).data;
        const row = new Float64Array(rows.groups * rows.fanIn);
        for (let p = 0; p < rows.pixels; p++) {
          rows.gather(input, p, row);
          for (let o = 0; o < rows.channels; o++) {
            const at = Math.floor((o * rows.groups) / rows.channels) * rows.fanIn;
            let sum = Number(bias?.[o] ?? 0);
            for (let k = 0; k < rows.fanIn; k++) sum += row[at + k]! * view.values[weightIndex(view, o, k)]!;
            expect(expected[p * rows.channels + o]).toBeCloseTo(sum, 3);
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('pixels are chosen without repetition, within the image, and in time all of them', () => {
  const seen = new Set<number>();
  for (let sample = 0; sample < 200; sample++) {
    const list = samplePixels(100, 7, sample);
    expect(new Set(list).size).toBe(7);
    expect(list.every((p) => p >= 0 && p < 100)).toBe(true);
    list.forEach((p) => seen.add(p));
  }
  expect(seen.size).toBe(100);
  expect(samplePixels(4, 7, 3)).toEqual([0, 1, 2, 3]);
});
