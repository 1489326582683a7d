import { symbolOf } from '@opq/backend';
import { channelMajor, encodedBytes } from '@opq/encodings';
import { isWeighted, tensorOf } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { outputChannels } from '@opq/reference';
import { OWN_ENCODINGS, storeWeights } from '../src/encodings';

test('of generated networks every layer is encoded channel by channel, never larger than int8', () => {
  const decoders = new Set<string | undefined>();
  for (let seed = 0; seed < 400; seed++) {
    const model = generateModel(seed);
    for (const layer of model.model.layers) {
      if (!isWeighted(layer)) continue;
      const channels = outputChannels(model.model, layer);
      const data = tensorOf(model.model, layer.weights).data as Int8Array;
      const { encoding, coded } = storeWeights(model, layer, channels);
      const decoder = encoding.decoder(coded);
      decoders.add(decoder && symbolOf(decoder.function));
      expect(encodedBytes(coded)).toBeLessThanOrEqual(data.length);
      expect(encoding.decode(coded, data.length, data.length / channels)).toEqual(
        channelMajor(data, channels, layer.kind === 'depthwiseConv2d'),
      );
    }
  }
  expect(decoders).toEqual(
    new Set([
      undefined,
      'opq_decode_packed',
      'opq_decode_bitmap',
      'opq_decode_entropy',
      'opq_decode_entropy_wide',
      'opq_decode_gaps',
    ]),
  );
});

test('the encoding that is preferred is taken wherever it does', () => {
  for (const { name } of OWN_ENCODINGS) {
    const taken = Array.from({ length: 40 }, (_, seed) => generateModel(seed)).flatMap((model) =>
      model.model.layers
        .filter(isWeighted)
        .map(
          (layer) =>
            storeWeights(model, layer, outputChannels(model.model, layer), { encoding: name }).encoding.name,
        ),
    );
    expect(taken.filter((other) => other === name).length).toBeGreaterThan(taken.length / 2);
  }
});
