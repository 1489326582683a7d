import { HEADER_BYTES, writeAncillary } from '@opq/tflite';
import { bitWriter } from './bit-writer';
import { decodeTables, type DecodeTables } from './decode-tables';
import type { Encoding, Weights } from './encoding';
import { histogramOf, prefixCode, type Codeword, type Histogram } from './prefix-code';

/** A prefix code with the tables that decode it. */
export interface Code {
  readonly words: readonly Codeword[];
  readonly tables: DecodeTables;
  /** Bytes of the code's tables, and of all that it encodes, padding aside. */
  readonly bytes: number;
}

/** The decoder counts a word's bits in one table in four bits; longer words go through several. */
const LONGEST_WORD = 15;

/** The decoder reads words of 32 bits, one of them ahead. */
const paddedLength = (bytes: number): number => Math.ceil(bytes / 4) * 4 + 4;

/**
 * The code that costs least: words are kept as short as pays, because long ones make the tables grow.
 * @param lookupCost bytes that one look-up while decoding is worth
 */
export function bestCode(histogram: Histogram, lookupCost = 0): Code | undefined {
  let best: Code | undefined;
  let lowest = Infinity;
  for (let longest = 1; longest <= LONGEST_WORD; longest++) {
    const words = prefixCode(histogram, longest);
    const tables = words && decodeTables(words, lookupCost);
    if (words === undefined || tables === undefined) continue;
    const bits = words.reduce((n, { count, length }) => n + count * length, 0);
    const bytes = HEADER_BYTES + tables.bytes.length + bits / 8;
    const cost = bytes + lookupCost * tables.lookups;
    if (cost < lowest) [best, lowest] = [{ words, tables, bytes }, cost];
    // Longer words change nothing once none is as long as allowed.
    if (words.every(({ length }) => length < longest)) break;
  }
  return best;
}

/** Values as words of a prefix code. @param code must have a word for each value; the best of its own where it is not given */
export function encodeHuffman(
  { values }: Weights,
  code = bestCode(histogramOf(values)),
): Encoding | undefined {
  if (code === undefined) return undefined;
  const words = new Map(code.words.map((word) => [word.value, word]));
  const used = [...histogramOf(values)].map(([value, count]) => ({ count, word: words.get(value) }));
  const writer = bitWriter(used.reduce((n, { count, word }) => n + count * (word?.length ?? 0), 0));
  for (const value of values) {
    const word = words.get(value);
    if (word === undefined) throw new RangeError(`no word for ${value}`);
    writer.put(word.bits, word.length);
  }
  const stream = writer.bytes();
  const encoded = new Uint8Array(paddedLength(stream.length));
  encoded.set(stream);
  const payload = code.tables.bytes;
  return {
    form: 'huffman',
    encoded,
    ancillary: writeAncillary({
      form: 'huffman',
      parameters: [(code.tables.firstBits - 1) << 4, 0],
      payload,
    }),
    decodeSteps: lookupsOf(values, code) + values.length,
  };
}

/** Look-ups that decode these values; the code may have been made for more than them. */
function lookupsOf(values: Int8Array, { tables, words }: Code): number {
  const view = new DataView(tables.bytes.buffer, tables.bytes.byteOffset);
  const each = new Map(
    words.map(({ value, length, bits }) => {
      let [lookups, at, left, used] = [0, 0, length, tables.firstBits];
      for (;;) {
        lookups++;
        // The word's next bits, or all that are left of it before bits of the next word.
        const taken = Math.min(left, used);
        const part = Math.floor((bits % 2 ** left) / 2 ** (left - taken)) * 2 ** (used - taken);
        const entry = view.getUint16(2 * (at + part), true);
        if (entry >> 15 === 1) return [value, lookups] as const;
        left -= taken;
        used = ((entry >> 11) & 15) + 1;
        at += part + (entry & 2047);
      }
    }),
  );
  return values.reduce((n, value) => n + (each.get(value) ?? 0), 0);
}
