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
