import { writeAncillary } from '@opq/tflite';
import { bitWriter } from './bit-writer';
import { channelOf, type Encoding, type Weights } from './encoding';

const LARGEST_BITS = 7;

/**
 * Packed indices into a table of the distinct values, one table per channel that has a scale of its own: the runtime takes
 * as many tables as there are scales.
 * @returns undefined where a channel has more than 128 distinct values
 */
export function encodeLut(weights: Weights): Encoding | undefined {
  const { values, channels } = weights;
  const sets = Array.from({ length: channels }, () => new Set<number>());
  values.forEach((value, i) => sets[channelOf(weights, i)]?.add(value));
  const tables = sets.map((set) => [...set].sort((a, b) => a - b));
  const stride = tables.reduce((n, table) => Math.max(n, table.length), 1);
  const bits = Math.max(1, Math.ceil(Math.log2(stride)));
  if (bits > LARGEST_BITS) return undefined;
  const payload = new Uint8Array(channels * stride);
  tables.forEach((table, channel) => payload.set(Int8Array.from(table), channel * stride));
  const places = tables.map((table) => new Map(table.map((value, index) => [value, index])));
  const writer = bitWriter(values.length * bits);
  values.forEach((value, i) => writer.put(places[channelOf(weights, i)]?.get(value) ?? 0, bits));
  return {
    form: 'lut',
    encoded: writer.bytes(),
    ancillary: writeAncillary({ form: 'lut', parameters: [bits, stride], payload }),
    decodeSteps: 2 * values.length,
  };
}
