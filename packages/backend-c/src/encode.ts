import { channelMajor, encodeInt8, encodeWeights, WIDE, type EncodedWeights } from '@opq/encodings';
import { tensorOf, type CompressedModel, type WeightedLayer } from '@opq/ir';
import type { KernelFunction } from '@opq/kernels';

/**
 * The smallest encoding of a layer's weights; plain int8 where the layer has no codebook.
 * @param channels output channels
 */
export function encodeLayer(model: CompressedModel, layer: WeightedLayer, channels: number): EncodedWeights {
  const { data } = tensorOf(model.model, layer.weights);
  const weights = channelMajor(
    data instanceof Int8Array ? data : new Int8Array(),
    channels,
    layer.kind === 'depthwiseConv2d',
  );
  const coded = model.codebooks.some((codebook) => codebook.tensor === layer.weights);
  return coded ? encodeWeights(weights, weights.length / channels) : encodeInt8(weights);
}

/** The kernel that reads a form; none for plain int8. */
export function decoderOf({ form, bits }: EncodedWeights): KernelFunction | undefined {
  switch (form) {
    case 'int8':
      return undefined;
    case 'packed':
      return 'opq_decode_packed';
    case 'bitmap':
      return 'opq_decode_bitmap';
    case 'entropy':
      return bits === WIDE ? 'opq_decode_entropy_wide' : 'opq_decode_entropy';
  }
}

/** The kernel that decodes a form straight to survivors. */
export const surviveOf = ({ form, bits }: EncodedWeights): KernelFunction =>
  form !== 'entropy' ? 'opq_survive_any' : bits === WIDE ? 'opq_survive_entropy_wide' : 'opq_survive_entropy';
