import { channelMajor, decodeWeights, encodedBytes } from '@opq/encodings';
import { isWeighted, tensorOf } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { outputChannels } from '@opq/reference';
import { decoderOf, encodeLayer } from '../src/encode';

test('of generated networks every layer is encoded channel by channel, never larger than int8', () => {
  const decoders = new Set<string | undefined>();
  for (let seed = 0; seed < 400; seed++) {
    const model = generateModel(seed);
    for (const layer of model.model.layers) {
      if (!isWeighted(layer)) continue;
      const channels = outputChannels(model.model, layer);
      const data = tensorOf(model.model, layer.weights).data as Int8Array;
      const encoded = encodeLayer(model, layer, channels);
      decoders.add(decoderOf(encoded));
      expect(encodedBytes(encoded)).toBeLessThanOrEqual(data.length);
      expect(decodeWeights(encoded, data.length, data.length / channels)).toEqual(
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
    ]),
  );
});
