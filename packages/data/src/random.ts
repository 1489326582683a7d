/** What a stream of random numbers is for: streams of one seed that serve different ends have nothing in common. */
export const PURPOSES = { shuffle: 1, augment: 2, split: 3, synthetic: 4 } as const;

/** A number in 0 ≤ u < 1, a multiple of 2⁻⁵³. */
export type Uniform = () => number;

/**
 * sfc32, Chris Doty-Humphrey's small fast counting generator (PractRand): 128 bits of state in 32-bit words, three mixed ones and
 * a counter. The state starts as (seed, epoch, index, purpose) and runs 20 rounds before the first number, so that each of the
 * four decides over all of it. Nothing else does: the same four give the same numbers on any machine.
 * @param seed a whole number; its lower 32 bits count, as of epoch and index
 */
export function randomStream(
  purpose: keyof typeof PURPOSES,
  seed: number,
  epoch: number,
  index: number,
): Uniform {
  let [a, b, c, counter] = [seed | 0, epoch | 0, index | 0, PURPOSES[purpose] as number];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < 20; round++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/** A whole number 0 ≤ n < below. One number of the stream each: no value is more likely than another by more than below · 2⁻⁵³. */
export const wholeBelow = (uniform: Uniform, below: number): number => Math.floor(uniform() * below);

/** Fisher–Yates, from the end: every order is as likely as another. In place. */
export function shuffle(values: Uint32Array, uniform: Uniform): Uint32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const other = wholeBelow(uniform, last + 1);
    const kept = values[last] ?? 0;
    values[last] = values[other] ?? 0;
    values[other] = kept;
  }
  return values;
}

/** 0, 1, 2, … count − 1. */
export const counted = (count: number): Uint32Array => {
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = i;
  return values;
};
