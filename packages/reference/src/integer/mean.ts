import { clamp, requantise } from './fixed-point';
import type { MeanParameters } from './parameters';

/**
 * The multiplier of a mean over `count` elements: TFLite folds the division into the scale's multiplier, keeping as many
 * bits as the shift allows (QuantizedMeanOrSum of its reference kernels).
 */
export function meanMultiplier(
  count: number,
  p: MeanParameters,
): { readonly multiplier: number; readonly shift: number } {
  const bits = Math.max(0, Math.min(Math.floor(Math.log2(count)), 31 + p.shift));
  return { multiplier: Math.trunc((p.multiplier * 2 ** bits) / count), shift: p.shift - bits };
}

/** One output of an int8 mean. @param sum of the raw inputs @param count how many */
export function meanOf(sum: number, count: number, p: MeanParameters): number {
  const { multiplier, shift } = meanMultiplier(count, p);
  return clamp(requantise(sum - p.inputZeroPoint * count, multiplier, shift) + p.outputZeroPoint, -128, 127);
}
