/*
 * The 32-bit fixed-point arithmetic of TFLite's reference kernels, exact in JavaScript numbers.
 * Rounding, declared once for the whole project: DOUBLE rounding. A product with a Q0.31 multiplier is rounded to an
 * integer first (half up), and the right shift rounds a second time (half away from zero).
 */

export const INT32_MAX = 2147483647;
const INT32_MIN = -2147483648;

const saturate = (x: number): number => (x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x);

/** ⌊(a·b + 2³⁰) / 2³¹⌋ for int32 a and b; the one overflow, both −2³¹, saturates. */
export function multiplyHigh(a: number, b: number): number {
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  // b·a = high·2¹⁶ + low, each part below 2⁴⁸ and so exact in a double.
  const high = b * (a >> 16);
  const low = b * (a & 0xffff);
  return Math.floor((high + Math.floor((low + 0x40000000) / 65536)) / 32768);
}

/** x / 2^exponent, rounded to nearest, halves away from zero. @param exponent 0…31 */
export function divideByPowerOfTwo(x: number, exponent: number): number {
  if (exponent === 0) return x;
  if (exponent >= 31) return x >= 0x40000000 ? 1 : x <= -0x40000000 ? -1 : 0;
  const mask = (1 << exponent) - 1;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/** x · 2^exponent, saturating. @param exponent ≥ 0 */
export const shiftLeftSaturating = (x: number, exponent: number): number => saturate(x * 2 ** exponent);

/** x · multiplier · 2^(shift − 31) with double rounding: TFLite's MultiplyByQuantizedMultiplier. x·2^shift must fit int32. */
export function requantise(x: number, multiplier: number, shift: number): number {
  return shift > 0
    ? multiplyHigh((x * 2 ** shift) | 0, multiplier)
    : divideByPowerOfTwo(multiplyHigh(x, multiplier), -shift);
}

export const clamp = (x: number, min: number, max: number): number => (x < min ? min : x > max ? max : x);
