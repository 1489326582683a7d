import { elementCount, type ElementArray } from '@opq/ir';
import { readAncillary, type Ancillary } from './ancillary';
import { bitReader } from './bit-reader';
import { channelsOf, emptyElements, storedElements, type DecodedTensor } from './elements';

/** The two constant inputs of a DECODE operator for one output. */
export interface EncodedTensor {
  /** The coded elements: UINT8 [bytes], without quantisation. */
  readonly encoded: Uint8Array;
  /** Header and tables: UINT8 [bytes]; see `Ancillary`. */
  readonly ancillary: Uint8Array;
}

const LARGEST_INDEX_BITS = 7;

/**
 * What TFLM's DECODE operator makes of an encoded tensor. Made from the format's description, independent of the encoders;
 * reads nothing outside the two tensors.
 * @returns the elements, or a sentence that says why there are none
 */
export function decodeTensor(stored: EncodedTensor, output: DecodedTensor): ElementArray | string {
  const ancillary = readAncillary(stored.ancillary);
  if (typeof ancillary === 'string') return ancillary;
  // Every form takes a bit per element at least; a file of a few bytes must not make us allocate more.
  const count = elementCount(output.shape);
  if (count > stored.encoded.length * 8)
    return `its ${stored.encoded.length} encoded bytes are too few for ${count} elements`;
  switch (ancillary.form) {
    case 'lut':
      return decodeLut(stored.encoded, ancillary, output);
    case 'prune':
      return decodePrune(stored.encoded, ancillary, output);
    case 'huffman':
      return decodeHuffman(stored.encoded, ancillary, output);
  }
}

function decodeLut(encoded: Uint8Array, ancillary: Ancillary, output: DecodedTensor): ElementArray | string {
  const [parameter, stride] = ancillary.parameters;
  const bits = parameter & 7;
  if (bits === 0 || bits > LARGEST_INDEX_BITS || output.type === 'uint8')
    return `its table has indices of ${bits} bits for ${output.type}`;
  const channels = channelsOf(output);
  if (typeof channels === 'string') return channels;
  const count = elementCount(output.shape);
  const table = storedElements(ancillary.payload, output.type);
  const elements = emptyElements(output.type, count);
  const reader = bitReader(encoded);
  for (let i = 0; i < count; i++) {
    const index = reader.take(bits);
    if (index === undefined)
      return `its ${count} indices of ${bits} bits do not stand in ${encoded.length} bytes`;
    const value = index < stride ? table.at(channels.of(i) * stride + index) : undefined;
    if (value === undefined) return `its element ${i} has the index ${index}, which is not in the table`;
    elements.put(i, value);
  }
  return elements.array;
}

function decodePrune(
  encoded: Uint8Array,
  ancillary: Ancillary,
  output: DecodedTensor,
): ElementArray | string {
  const channels = channelsOf(output);
  if (typeof channels === 'string') return channels;
  const zeroPoints = output.quantisation?.zeroPoints ?? [0];
  const count = elementCount(output.shape);
  const values = storedElements(ancillary.payload, output.type);
  const elements = emptyElements(output.type, count);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const zero = zeroPoints[zeroPoints.length === 1 ? 0 : channels.of(i)] ?? 0;
    const present = ((encoded[i >> 3] as number) >> (~i & 7)) & 1;
    const value = present === 1 ? values.at(kept++) : zero;
    if (value === undefined) return `its bitmap keeps more than the ${values.count} values there are`;
    elements.put(i, value);
  }
  return elements.array;
}

/** Fields of a table's entry: whether a symbol is found, bits (of it in this table, or those that index the next), and value. */
interface EntryLayout {
  readonly bytes: 2 | 4;
  readonly countShift: number;
  readonly valueMask: number;
}
const ENTRY: Readonly<Record<'short' | 'long', EntryLayout>> = {
  short: { bytes: 2, countShift: 11, valueMask: 0x7ff },
  long: { bytes: 4, countShift: 27, valueMask: 0x7ffffff },
};

function decodeHuffman(
  encoded: Uint8Array,
  ancillary: Ancillary,
  output: DecodedTensor,
): ElementArray | string {
  const [parameter] = ancillary.parameters;
  const { bytes, countShift, valueMask } = ENTRY[(parameter & 1) === 1 ? 'long' : 'short'];
  const firstBits = (parameter >> 4) + 1;
  if (output.type !== 'int8' && !(output.type === 'int16' && bytes === 4))
    return `its prefix code with entries of ${bytes} bytes gives ${output.type}`;
  const { payload } = ancillary;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const entries = Math.floor(payload.length / bytes);
  const entryAt = (index: number): number =>
    bytes === 2 ? view.getUint16(index * 2, true) : view.getUint32(index * 4, true);
  const found = (entry: number): boolean => entry >>> (bytes * 8 - 1) === 1;
  const count = elementCount(output.shape);
  const elements = emptyElements(output.type, count);
  const reader = bitReader(encoded);
  for (let i = 0; i < count; i++) {
    let used = firstBits;
    let index = reader.take(used) ?? entries;
    // Every step takes a bit at least, so a loop through the tables ends with the data.
    while (index < entries && !found(entryAt(index))) {
      const entry = entryAt(index);
      used = ((entry >>> countShift) & 15) + 1;
      index += (entry & valueMask) + (reader.take(used) ?? entries);
    }
    if (index >= entries) return `its element ${i} has a code that leads outside the tables or the data`;
    const entry = entryAt(index);
    const residual = (entry >>> countShift) & 15;
    if (residual === 0) return `its element ${i} has a code of no bits`;
    if (used > residual) reader.back(used - residual);
    elements.put(i, entry & valueMask);
  }
  return elements.array;
}
