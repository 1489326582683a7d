import fc from 'fast-check';
import { isWeighted, tensorOf } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { outputChannels } from '@opq/reference';
import {
  channelMajor,
  decodeWeights,
  encodeBitmap,
  encodedBytes,
  encodePacked,
  encodeWeights,
} from '../src/encode';

const layer = fc
  .record({
    levels: fc.uniqueArray(fc.integer({ min: -127, max: 127 }), { minLength: 1, maxLength: 60 }),
    fanIn: fc.integer({ min: 1, max: 40 }),
    channels: fc.integer({ min: 1, max: 12 }),
    sparsity: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.nat(),
  })
  .map(({ levels, fanIn, channels, sparsity, seed }) => {
    const codebook = [...new Set([0, ...levels])].sort((a, b) => a - b);
    let state = seed + 1;
    const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
    const weights = Int8Array.from({ length: fanIn * channels }, () =>
      next() < sparsity ? 0 : codebook[Math.floor(next() * codebook.length)]!,
    );
    return { codebook, weights, fanIn };
  });

test('packed and bitmap weights are read back as they were', () => {
  fc.assert(
    fc.property(layer, ({ codebook, weights, fanIn }) => {
      for (const encoded of [encodePacked(weights, codebook), encodeBitmap(weights, codebook, fanIn)])
        expect(decodeWeights(encoded, weights.length, fanIn)).toEqual(weights);
    }),
    { numRuns: 300 },
  );
});

test('sizes are what the forms promise', () => {
  fc.assert(
    fc.property(layer, ({ codebook, weights, fanIn }) => {
      const width = (n: number) => Math.max(1, Math.ceil(Math.log2(n)));
      const kept = weights.reduce((n, k) => n + (k === 0 ? 0 : 1), 0);
      expect(encodedBytes(encodePacked(weights, codebook))).toBe(
        Math.ceil((weights.length * width(codebook.length)) / 8) + codebook.length,
      );
      expect(encodedBytes(encodeBitmap(weights, codebook, fanIn))).toBe(
        Math.ceil((weights.length + kept * width(Math.max(1, codebook.length - 1))) / 8) +
          codebook.length -
          1,
      );
    }),
  );
});

test('of generated networks the smallest form is taken, and holds the weights channel by channel', () => {
  const forms = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const model = generateModel(seed);
    for (const l of model.model.layers) {
      if (!isWeighted(l)) continue;
      const channels = outputChannels(model.model, l);
      const data = tensorOf(model.model, l.weights).data as Int8Array;
      const encoded = encodeWeights(model, l, channels);
      forms.add(encoded.form);
      expect(encodedBytes(encoded)).toBeLessThanOrEqual(data.length);
      expect(decodeWeights(encoded, data.length, data.length / channels)).toEqual(
        channelMajor(l, data, channels),
      );
    }
  }
  expect(forms).toEqual(new Set(['int8', 'packed', 'bitmap']));
});
