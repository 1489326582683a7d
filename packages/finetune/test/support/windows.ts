import fc from 'fast-check';
import type { Padding, Pair } from '@opq/ir';

export const upTo = (low: number, high: number) => fc.integer({ min: low, max: high });
export const pair = (low: number, high: number): fc.Arbitrary<Pair> =>
  fc.tuple(upTo(low, high), upTo(low, high));

/** Every mode; explicit borders up to `most`. */
export const paddings = (most: number): fc.Arbitrary<Padding> =>
  fc.oneof(
    fc.constantFrom<Padding>({ mode: 'same' }, { mode: 'valid' }),
    fc.record({
      mode: fc.constant('explicit' as const),
      top: upTo(0, most),
      left: upTo(0, most),
      bottom: upTo(0, most),
      right: upTo(0, most),
    }),
  );
