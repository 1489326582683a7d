/** A function to the nearest of some ascending levels; of two equally near the lower. */
export function nearestLevel(levels: readonly number[]): (value: number) => number {
  return (value) => {
    let low = 0;
    let high = levels.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const border = ((levels[middle] as number) + (levels[middle + 1] as number)) / 2;
      if (value <= border) high = middle;
      else low = middle + 1;
    }
    return levels[low] as number;
  };
}

/** Levels to choose from, each with what it costs besides its error. */
export interface PricedLevels {
  /** The level k of least curvature · (value − k)² + price(k). */
  choose(value: number, curvature: number): number;
  price(level: number): number;
}

/**
 * @param levels ascending, not empty
 * @param prices one for each level, ≥ 0
 */
export function pricedLevels(levels: readonly number[], prices: readonly number[]): PricedLevels {
  const nearest = nearestLevel(levels);
  const indexOf = new Map(levels.map((level, i) => [level, i]));
  const price = (level: number): number => prices[indexOf.get(level) ?? -1] ?? 0;
  if (prices.every((p) => p === prices[0])) return { choose: nearest, price };
  return {
    price,
    choose(value, curvature) {
      const start = indexOf.get(nearest(value)) ?? 0;
      let best = start;
      let least = Infinity;
      const look = (i: number): boolean => {
        const distance = value - (levels[i] as number);
        const error = curvature * distance * distance;
        const cost = error + (prices[i] as number);
        if (cost < least) [best, least] = [i, cost];
        // Farther levels have a larger error yet.
        return error < least;
      };
      for (let i = start; i < levels.length && look(i); i++);
      for (let i = start - 1; i >= 0 && look(i); i--);
      return levels[best] as number;
    },
  };
}

/**
 * Levels that the survivors of a channel may take: those of the layer's codebook whose magnitude is at least the layer's
 * smallest (0 is allowed where that is 0) and at most the channel's largest. So no table grows.
 */
export function allowedLevels(
  codebook: readonly number[],
  smallest: number,
  largest: number,
): readonly number[] {
  return codebook.filter((k) => Math.abs(k) >= smallest && Math.abs(k) <= largest);
}
