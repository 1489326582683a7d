/** Scores of one layer in a global order. */
export interface Scored {
  readonly scores: Float32Array;
  /** Every score counts as |score| · factor; > 0. */
  readonly factor: number;
  /** Largest share of this layer that may go, 0…1. */
  readonly limit: number;
}

const BUCKETS = 65536;

/** Bits of a float32 ≥ 0 as an unsigned integer: they order as the floats do. One value at a time, to save memory. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function histograms(layers: readonly Scored[], bucketOf: (bits: number) => number): readonly Uint32Array[] {
  return layers.map(({ scores, factor }) => {
    const histogram = new Uint32Array(BUCKETS);
    for (let i = 0; i < scores.length; i++) {
      float[0] = Math.abs(scores[i] as number) * factor;
      const bucket = bucketOf(bits[0] as number);
      if (bucket >= 0) (histogram[bucket] as number)++;
    }
    return histogram;
  });
}

/**
 * How many scores of each layer are among the `pruned` smallest of all, with no layer above its limit: what a layer may not
 * lose, the others lose. Two passes over histograms of the scores' bits instead of a sort: linear in the number of weights.
 * Scores that are equal to float32 go in the order of the layers.
 * @param pruned at most Σ ⌊limit · N⌋
 */
export function globalShares(layers: readonly Scored[], pruned: number): readonly number[] {
  const limits = layers.map(({ scores, limit }) => Math.floor(scores.length * limit));
  // What lies below a threshold is counted layer by layer, so that limits can bind.
  const countBelow = (counts: readonly number[]): number =>
    counts.reduce((n, count, i) => n + Math.min(count, limits[i] ?? 0), 0);
  const find = (
    start: readonly number[],
    each: readonly Uint32Array[],
  ): readonly [bucket: number, below: readonly number[]] => {
    let below = start;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const next = below.map((count, i) => count + (each[i]?.[bucket] ?? 0));
      if (countBelow(next) >= pruned) return [bucket, below];
      below = next;
    }
    return [BUCKETS, below];
  };
  const [high, belowHigh] = find(
    layers.map(() => 0),
    histograms(layers, (b) => b >>> 16),
  );
  const fine = histograms(layers, (b) => (b >>> 16 === high ? b & 0xffff : -1));
  const [low, below] = find(belowHigh, fine);
  const counts = below.map((count, i) => Math.min(count, limits[i] ?? 0));
  let missing = pruned - counts.reduce((n, c) => n + c, 0);
  return counts.map((count, i) => {
    const more = Math.min(missing, fine[i]?.[low] ?? 0, (limits[i] ?? 0) - count);
    missing -= more;
    return count + more;
  });
}
