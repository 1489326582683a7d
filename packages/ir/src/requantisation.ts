import { irErrors } from '@opq/errors';

/**
 * A positive real factor as TFLite's integer kernels apply it: factor ≈ multiplier · 2^(shift − 31).
 * multiplier is Q0.31 in [2³⁰, 2³¹ − 1], or 0 for a factor below 2⁻³²; shift > 0 is to the left.
 */
export interface Multiplier {
  /** Q0.31: 2³⁰ to 2³¹ − 1, or 0. */
  readonly multiplier: number;
  /** −31 to 30. */
  readonly shift: number;
}

/**
 * The same integers as TFLite's `QuantizeMultiplier` (double precision in, round half away from zero).
 * @param factor finite, ≥ 0
 */
export function quantiseMultiplier(factor: number): Multiplier {
  if (!(factor >= 0) || !Number.isFinite(factor)) throw new RangeError(`factor ${factor}`);
  if (factor === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.max(-1074, Math.floor(Math.log2(factor)) + 1);
  let fraction = factor * 2 ** -shift;
  // log2 may be off by one next to a power of two.
  if (fraction >= 1) [fraction, shift] = [fraction / 2, shift + 1];
  if (fraction < 0.5) [fraction, shift] = [fraction * 2, shift - 1];
  let multiplier = Math.round(fraction * 2 ** 31);
  if (multiplier === 2 ** 31) [multiplier, shift] = [2 ** 30, shift + 1];
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > 30) throw irErrors.factorTooLarge(factor);
  return { multiplier, shift };
}
