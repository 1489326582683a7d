/** Constants of opq_lanes.h. */
const SEGMENT_LEVELS = 255;
const GAP = 8;

/** How long the lists of a layer's survivors are, by opq_lanes_list(). */
export interface SurvivorLists {
  /** Entries of each channel's list, its first and the ends of segments included. */
  readonly entries: readonly number[];
  /** Weights that are not 0, of each channel. */
  readonly survivors: readonly number[];
  /** Segments of each channel; 1 where it is not wide. */
  readonly segments: readonly number[];
  /** Channels whose sums may leave 16 bits. */
  readonly wide: readonly boolean[];
}

/** Lengths of the segments that opq_lanes_list() cuts a wide channel into. */
function segmentsOf(channel: Int8Array): readonly number[] {
  const lengths = [0];
  let magnitude = 0;
  for (const k of channel) {
    if (k === 0) continue;
    magnitude += Math.abs(k);
    if (magnitude > SEGMENT_LEVELS) {
      lengths.push(0);
      magnitude = Math.abs(k);
    }
    (lengths[lengths.length - 1] as number) += 1;
  }
  return lengths;
}

/** @param weights levels, channel by channel, `fanIn` each */
export function survivorLists(weights: Int8Array, fanIn: number): SurvivorLists {
  const channels = Array.from({ length: weights.length / fanIn }, (_, c) =>
    segmentsOf(weights.subarray(c * fanIn, (c + 1) * fanIn)),
  );
  const survivors = channels.map((lengths) => lengths.reduce((n, length) => n + length, 0));
  const wide = channels.map((lengths) => lengths.length > 1);
  return {
    entries: channels.map((lengths, c) => 1 + (survivors[c] ?? 0) + lengths.length),
    survivors,
    segments: channels.map((lengths) => lengths.length),
    wide,
  };
}

/** Segments that a channel may have: each adds an entry, which the gap has to hold. */
export const MOST_SEGMENTS = 7;

/**
 * Entries that lists take in scratch: the longest, or all of them; a wide channel is decoded a gap further on.
 * @param keep whether all lists are kept
 */
export function listEntries({ entries, survivors, wide }: SurvivorLists, keep: boolean): number {
  let place = 0;
  let most = 0;
  entries.forEach((count, c) => {
    const decoded = wide[c] === true ? GAP + (survivors[c] ?? 0) : 0;
    most = Math.max(most, place + count, place + decoded);
    if (keep) place += count;
  });
  return most;
}

/** One bit a channel, the lowest first. */
export function bitsOf(channels: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(channels.length / 8));
  channels.forEach((is, c) => {
    if (is) (bits[c >> 3] as number) |= 1 << (c & 7);
  });
  return bits;
}
