/** Bits of |x| as an unsigned integer: they order as the magnitudes do. */
function magnitudeBits(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.length);
  new Float32Array(bits.buffer).set(values);
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] as number) & 0x7fffffff;
  return bits;
}

/** First index whose cumulative count passes `rank`, and the rank left inside it. */
function bucketOf(histogram: Uint32Array, rank: number): readonly [bucket: number, rest: number] {
  let rest = rank;
  for (let bucket = 0; bucket < histogram.length; bucket++) {
    const count = histogram[bucket] as number;
    if (rest < count) return [bucket, rest];
    rest -= count;
  }
  return [histogram.length - 1, 0];
}

export interface SmallestMagnitudes {
  /** 1 where a value survives, 0 where it is among the `count` smallest. */
  readonly mask: Uint8Array;
  /** The largest magnitude among the pruned; 0 when none is. */
  readonly threshold: number;
}

/**
 * Masks exactly the `count` values of smallest magnitude; equal magnitudes go in the order of their indices.
 * Two passes over a histogram of the float's bits, so linear in the number of values.
 */
export function maskSmallest(values: Float32Array, count: number): SmallestMagnitudes {
  const mask = new Uint8Array(values.length).fill(1);
  if (count <= 0) return { mask, threshold: 0 };
  const bits = magnitudeBits(values);
  const upper = new Uint32Array(32768);
  for (let i = 0; i < bits.length; i++) (upper[(bits[i] as number) >>> 16] as number)++;
  const [high, rest] = bucketOf(upper, count - 1);
  const lower = new Uint32Array(65536);
  for (let i = 0; i < bits.length; i++)
    if ((bits[i] as number) >>> 16 === high) (lower[(bits[i] as number) & 0xffff] as number)++;
  const [low, ties] = bucketOf(lower, rest);
  const last = ((high << 16) | low) >>> 0;
  let left = ties + 1;
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i] as number;
    if (magnitude < last || (magnitude === last && left-- > 0)) mask[i] = 0;
  }
  return { mask, threshold: new Float32Array(Uint32Array.of(last).buffer)[0] as number };
}
