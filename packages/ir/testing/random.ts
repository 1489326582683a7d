/** Numbers that look random and are the same everywhere (mulberry32). */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** An integer, both ends included. */
  integer(low: number, high: number): number;
  /** low ≤ x < high */
  real(low: number, high: number): number;
  /** True this often: 0…1. */
  chance(probability: number): boolean;
  /** Any element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
}

/**
 * A generator whose numbers follow from the seed: mulberry32.
 * @param seed of which the lower 32 bits count
 */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    integer,
    real: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (list) => {
      const item = list[integer(0, list.length - 1)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
  };
}
