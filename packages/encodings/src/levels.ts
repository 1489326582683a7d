/** The distinct levels of a weight tensor and how often each occurs. */
export interface Histogram {
  /** Ascending, distinct; 0 is always among them, though its count may be 0. */
  readonly levels: readonly number[];
  /** As many as `levels`. */
  readonly counts: readonly number[];
  /** Number of weights. */
  readonly total: number;
}

/** Counts how often each level occurs. 0 is listed whether it does or not. @param levels k of every weight, −128…127 */
export function histogramOf(levels: Int8Array): Histogram {
  const seen = new Uint32Array(256);
  for (let i = 0; i < levels.length; i++) (seen[(levels[i] as number) + 128] as number)++;
  const present = Array.from({ length: 256 }, (_, i) => i - 128).filter(
    (k) => k === 0 || (seen[k + 128] as number) > 0,
  );
  return { levels: present, counts: present.map((k) => seen[k + 128] as number), total: levels.length };
}

/** Entropy of the levels in bits, all weights together: what an ideal coder of independent levels takes. */
export function entropyBits({ counts, total }: Histogram): number {
  return counts.reduce((bits, count) => (count === 0 ? bits : bits - count * Math.log2(count / total)), 0);
}

/** Bits of an index into a table of `count` entries; at least one. */
export const indexWidth = (count: number): number => Math.max(1, Math.ceil(Math.log2(count)));

/**
 * Weights channel by channel, each channel's own in the order row, column, input channel: what every decoder writes.
 * @param interleaved true for depthwise layers, whose tensor [1, KH, KW, C] has the channels innermost
 */
export function channelMajor(levels: Int8Array, channels: number, interleaved: boolean): Int8Array {
  if (!interleaved) return levels;
  const fanIn = levels.length / channels;
  const out = new Int8Array(levels.length);
  for (let channel = 0, at = 0; channel < channels; channel++)
    for (let k = 0; k < fanIn; k++, at++) out[at] = levels[k * channels + channel] as number;
  return out;
}

/**
 * Bits of each level as an entropy coder counts them: −log₂ of how often it occurs among the survivors. What does not occur
 * counts as if it did once.
 */
export function levelBits(levels: readonly number[], survivors: Iterable<number>): readonly number[] {
  const counts = new Map(levels.map((level) => [level, 0]));
  let total = 0;
  for (const level of survivors) {
    counts.set(level, (counts.get(level) ?? 0) + 1);
    total++;
  }
  return levels.map((level) => Math.log2(Math.max(1, total) / Math.max(1, counts.get(level) ?? 0)));
}
