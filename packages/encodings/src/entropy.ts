import type { Frequency } from './frequencies';

/*
 * A range coder in the form of asymmetric numeral systems (Duda, arXiv:1311.2540): state x in [2¹⁶, 2³²), renormalised by 16
 * bits. The stream is the decoder's first state (4 bytes, little-endian), then the 16-bit words (little-endian) in the order
 * in which the decoder takes them. Every intermediate value is below 2³² and so exact in a double.
 */

const LOWEST_STATE = 2 ** 16;

/** @param frequencies of every level that occurs; their slots sum to 2^precision */
export function encodeEntropy(
  levels: Int8Array,
  frequencies: readonly Frequency[],
  precision: number,
): Uint8Array {
  const slotsOf = new Uint32Array(256);
  const startOf = new Uint32Array(256);
  let start = 0;
  for (const { level, slots } of frequencies) {
    slotsOf[level + 128] = slots;
    startOf[level + 128] = start;
    start += slots;
  }
  const words: number[] = [];
  let state = LOWEST_STATE;
  // The decoder runs forwards, so the encoder runs backwards.
  for (let i = levels.length - 1; i >= 0; i--) {
    const at = (levels[i] as number) + 128;
    const slots = slotsOf[at] as number;
    if (state >= slots * 2 ** (32 - precision)) {
      words.push(state % LOWEST_STATE);
      state = Math.floor(state / LOWEST_STATE);
    }
    state = Math.floor(state / slots) * 2 ** precision + (state % slots) + (startOf[at] as number);
  }
  return streamOf(state, words);
}

/** A stream from the encoder's last state and the words it gave, in its order. */
export function streamOf(state: number, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 2 * words.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, state, true);
  words.toReversed().forEach((word, i) => view.setUint16(4 + 2 * i, word, true));
  return bytes;
}

/** The inverse of `encodeEntropy`, written apart from the C decoder. Zeros are read behind a stream that ends too early. */
export function decodeEntropy(
  bytes: Uint8Array,
  frequencies: readonly Frequency[],
  precision: number,
  count: number,
): Int8Array {
  const out = new Int8Array(count);
  const byte = (i: number): number => bytes[i] ?? 0;
  let state = byte(0) + byte(1) * 2 ** 8 + byte(2) * 2 ** 16 + byte(3) * 2 ** 24;
  let at = 4;
  const all = 2 ** precision;
  for (let i = 0; i < count; i++) {
    const slot = state % all;
    let low = 0;
    const found = frequencies.find(({ slots }) => slot < low + slots || ((low += slots), false));
    if (found === undefined) throw new RangeError(`frequencies do not sum to 2^${precision}`);
    out[i] = found.level;
    state = found.slots * Math.floor(state / all) + slot - low;
    if (state < LOWEST_STATE) {
      state = state * LOWEST_STATE + byte(at) + byte(at + 1) * 256;
      at += 2;
    }
  }
  return out;
}
