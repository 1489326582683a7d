import type { Random } from '@opq/ir/testing';

/** A number of mean 0 and deviation 1; takes two of the generator's. */
export const normal = (r: Random): number =>
  Math.sqrt(-2 * Math.log(1 - r.next())) * Math.cos(2 * Math.PI * r.next());
