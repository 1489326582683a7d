import type { Uniform } from '@opq/data';

/** Probability that a network gives to the class it is sure of. */
const SURE = 0.95;

/**
 * What the network is to answer to input `index`: every class in turn, half of the time surely and half of the time with a second
 * class beside it, for a student has to learn the borders between classes too.
 * @param into [classes] probabilities
 */
export function writeTarget(into: Float32Array, index: number, uniform: Uniform): void {
  const classes = into.length;
  const first = index % classes;
  const second = (first + 1 + Math.floor(uniform() * (classes - 1))) % classes;
  const share = uniform() < 0.5 ? 1 : 0.5 + uniform() / 2;
  into.fill((1 - SURE) / classes);
  into[first] = (into[first] as number) + SURE * share;
  into[second] = (into[second] as number) + SURE * (1 - share);
}
