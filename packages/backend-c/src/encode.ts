import { tensorOf, type CompressedModel, type WeightedLayer } from '@opq/ir';
import type { KernelFunction } from '@opq/kernels';

/** The weights of one layer as they stand in flash; docs of the forms are in opq_kernels.h. */
export interface EncodedWeights {
  readonly form: 'int8' | 'packed' | 'bitmap';
  readonly bytes: Uint8Array;
  /** Level of each index; empty for int8. */
  readonly levels: readonly number[];
  /** Width of an index; 8 for int8. */
  readonly bits: number;
  readonly decode: KernelFunction | undefined;
}

/** Weights channel by channel, each in the order row, column, input channel: what every kernel reads. */
export function channelMajor(layer: WeightedLayer, data: Int8Array, channels: number): Int8Array {
  if (layer.kind !== 'depthwiseConv2d') return data;
  const fanIn = data.length / channels;
  return Int8Array.from(data, (_, i) => data[(i % fanIn) * channels + Math.floor(i / fanIn)] ?? 0);
}

/** Writes values of a few bits one after the other, the lowest bit first. */
class BitWriter {
  private readonly bytes: number[] = [];
  private used = 0;

  put(value: number, bits: number): void {
    for (let i = 0; i < bits; i++) {
      if (this.used % 8 === 0) this.bytes.push(0);
      const at = this.bytes.length - 1;
      this.bytes[at] = (this.bytes[at] ?? 0) | (((value >> i) & 1) << this.used % 8);
      this.used++;
    }
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

const widthFor = (count: number): number => Math.max(1, Math.ceil(Math.log2(count)));

export function encodePacked(weights: Int8Array, levels: readonly number[]): EncodedWeights {
  const index = new Map(levels.map((level, i) => [level, i]));
  const bits = widthFor(levels.length);
  const writer = new BitWriter();
  for (const k of weights) writer.put(index.get(k) ?? 0, bits);
  return { form: 'packed', bytes: writer.finish(), levels, bits, decode: 'opq_decode_packed' };
}

export function encodeBitmap(weights: Int8Array, levels: readonly number[], fanIn: number): EncodedWeights {
  const kept = levels.filter((level) => level !== 0);
  const index = new Map(kept.map((level, i) => [level, i]));
  const bits = widthFor(Math.max(1, kept.length));
  const writer = new BitWriter();
  for (let start = 0; start < weights.length; start += fanIn) {
    const channel = weights.subarray(start, start + fanIn);
    for (const k of channel) writer.put(k === 0 ? 0 : 1, 1);
    for (const k of channel) if (k !== 0) writer.put(index.get(k) ?? 0, bits);
  }
  return { form: 'bitmap', bytes: writer.finish(), levels: kept, bits, decode: 'opq_decode_bitmap' };
}

/** Bytes an encoding takes in flash, its table of levels included. */
export const encodedBytes = (e: EncodedWeights): number => e.bytes.length + e.levels.length;

/**
 * The smallest encoding of a layer's weights; plain int8 where the layer has no codebook.
 * @param channels output channels
 */
export function encodeWeights(
  model: CompressedModel,
  layer: WeightedLayer,
  channels: number,
): EncodedWeights {
  const tensor = tensorOf(model.model, layer.weights);
  const data = tensor.data instanceof Int8Array ? tensor.data : new Int8Array();
  const weights = channelMajor(layer, data, channels);
  const plain: EncodedWeights = {
    form: 'int8',
    bytes: Uint8Array.from(weights, (k) => k & 255),
    levels: [],
    bits: 8,
    decode: undefined,
  };
  const codebook = model.codebooks.find((c) => c.tensor === layer.weights);
  if (codebook === undefined) return plain;
  const options = [
    plain,
    encodePacked(weights, codebook.levels),
    encodeBitmap(weights, codebook.levels, weights.length / channels),
  ];
  return options.reduce((best, option) => (encodedBytes(option) < encodedBytes(best) ? option : best));
}

/** Reads an encoding back: the inverse of the three above, written apart from the C decoders. */
export function decodeWeights(encoded: EncodedWeights, count: number, fanIn: number): Int8Array {
  if (encoded.form === 'int8') return Int8Array.from(encoded.bytes);
  let at = 0;
  const take = (bits: number): number => {
    let value = 0;
    for (let i = 0; i < bits; i++, at++) value |= (((encoded.bytes[at >> 3] ?? 0) >> (at & 7)) & 1) << i;
    return value;
  };
  const out = new Int8Array(count);
  for (let start = 0; start < count; start += fanIn) {
    const kept = Array.from({ length: fanIn }, () => encoded.form === 'packed' || take(1) === 1);
    kept.forEach((present, i) => (out[start + i] = present ? (encoded.levels[take(encoded.bits)] ?? 0) : 0));
  }
  return out;
}
