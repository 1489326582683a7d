import { histogramOf, indexWidth } from './levels';

/*
 * A byte for each survivor: how far it stands from the one before, and which level it has. A third more bytes than what the
 * entropy coders take, and read in half the time of gaps.
 */

const BYTE_BITS = 8;
/** Widest index: with more bits a hop is short, and most bytes only lead on. */
const WIDEST_INDEX = 6;

/** The longest hop beside an index of so many bits. */
const longestHop = (bits: number): number => 2 ** (BYTE_BITS - bits) - 1;

/** Bytes of hop << bits | index. */
export interface CodedHops {
  readonly bytes: Uint8Array;
  /** Levels as int8; one that is 0 leads on without a survivor. */
  readonly table: Uint8Array;
  /** Width of an index. */
  readonly bits: number;
}

/** How far each survivor stands from the one before, the first from just before the first weight, and the end from the last. */
function hopsOf(weights: Int8Array): readonly number[] {
  const hops: number[] = [];
  let last = -1;
  weights.forEach((level, i) => {
    if (level === 0) return;
    hops.push(i - last);
    last = i;
  });
  return [...hops, weights.length - last];
}

/**
 * Weights as hops. Behind the last survivor one more byte leads past the last weight; its index means nothing.
 * @param weights levels k, channel by channel; hops go across channels
 * @returns undefined where no weight survives, or levels are too many for an index beside a hop
 */
export function codeHops(weights: Int8Array): CodedHops | undefined {
  const survivors = [...weights.filter((level) => level !== 0)];
  const { levels } = histogramOf(weights);
  const kept = levels.filter((level) => level !== 0);
  const hops = hopsOf(weights);
  const farthest = hops.reduce((a, b) => Math.max(a, b), 0);
  const needsZero = farthest > longestHop(indexWidth(Math.max(1, kept.length)));
  const table = needsZero ? [0, ...kept] : kept;
  const bits = indexWidth(Math.max(1, table.length));
  if (survivors.length === 0 || bits > WIDEST_INDEX) return undefined;
  const longest = longestHop(bits);
  const index = new Map(table.map((level, i) => [level, i]));
  const bytes = hops.flatMap((hop, i) => {
    const on = Math.ceil(hop / longest) - 1;
    const own = ((hop - on * longest) << bits) | (index.get(survivors[i] ?? 0) ?? 0);
    return [...new Array<number>(on).fill(longest << bits), own];
  });
  return { bytes: Uint8Array.from(bytes), table: Uint8Array.from(table, (level) => level & 255), bits };
}

/** The inverse of `codeHops`, written apart from the C decoder. A stream that ends too early has no more survivors. */
export function decodeHops({ bytes, table, bits }: CodedHops, count: number): Int8Array {
  const out = new Int8Array(count);
  let place = -1;
  for (const byte of bytes) {
    place += byte >> bits;
    if (place < 0 || place >= count) break;
    out[place] = table[byte & ((1 << bits) - 1)] ?? 0;
  }
  return out;
}

/** Bytes that lead on without a survivor, for each survivor. @param survivors weights that are not 0 */
export const hopsPerSurvivor = (bytes: Uint8Array, survivors: number): number =>
  Math.max(0, bytes.length - 1 - survivors) / Math.max(1, survivors);
