import type { Histogram } from './levels';

/** A level and how many of the coder's 2^precision slots are its own, 1…2^precision. */
export interface Frequency {
  readonly level: number;
  readonly slots: number;
}

/**
 * Shares 2^precision slots among the levels that occur, so that Σ count·log₂(2^precision / slots) is least: proportional
 * shares of at least one, then slot by slot where it costs least or gains most.
 * The most frequent level stands first, because decoders look for it first; equal counts stand in ascending order.
 * Undefined where there are more levels than slots.
 */
export function frequenciesOf(
  { levels, counts, total }: Histogram,
  precision: number,
): readonly Frequency[] | undefined {
  const present = levels
    .map((level, i) => ({ level, count: counts[i] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.level - b.level);
  const all = 2 ** precision;
  if (present.length === 0 || present.length > all) return undefined;
  const slots = present.map(({ count }) => Math.max(1, Math.round((count / total) * all)));
  let missing = all - slots.reduce((n, s) => n + s, 0);
  while (missing !== 0) {
    const step = missing > 0 ? 1 : -1;
    let best = -1;
    let bestGain = -Infinity;
    present.forEach(({ count }, i) => {
      const own = slots[i] as number;
      if (own + step < 1) return;
      const gain = count * Math.log2((own + step) / own);
      if (gain > bestGain) [best, bestGain] = [i, gain];
    });
    (slots[best] as number) += step;
    missing -= step;
  }
  return present.map(({ level }, i) => ({ level, slots: slots[i] as number }));
}

/** Bits the coded levels take with these frequencies, without the coder's own few bytes. */
export function codedBits(
  histogram: Histogram,
  frequencies: readonly Frequency[],
  precision: number,
): number {
  const slotsOf = new Map(frequencies.map(({ level, slots }) => [level, slots]));
  return histogram.levels.reduce((bits, level, i) => {
    const count = histogram.counts[i] ?? 0;
    return count === 0 ? bits : bits + count * (precision - Math.log2(slotsOf.get(level) ?? 1));
  }, 0);
}
