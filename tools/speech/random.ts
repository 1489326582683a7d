/** A stream of numbers that a seed decides. */
export interface Random {
  /** At least 0 and below 1. */
  readonly uniform: () => number;
  /** Mean 0, deviation 1; takes two numbers of the stream. */
  readonly normal: () => number;
  /** A whole number from `low` on, below `low + count`. */
  readonly whole: (low: number, count: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly chance: (share: number) => boolean;
}

/** Mulberry32. @param seed its lowest 32 bits count */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    whole: (low, count) => Math.floor(low + count * uniform()),
    pick: (from) => from[Math.floor(uniform() * from.length)] as (typeof from)[number],
    chance: (share) => uniform() < share,
  };
}
