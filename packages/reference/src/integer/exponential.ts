import { divideByPowerOfTwo, INT32_MAX, multiplyHigh, shiftLeftSaturating } from './fixed-point';

/*
 * exp and 1/(1+x) in fixed point, step by step as gemmlowp defines them, which TFLite's softmax and logistic use.
 * "Q5" below means: int32 with five integer bits, i.e. real = raw · 2^(5 − 31).
 */

/** exp on [−¼, 0), Q0 → Q0: the Taylor polynomial of degree four around −⅛. */
function exponentialNearZero(a: number): number {
  const x = a + (1 << 28);
  const x2 = multiplyHigh(x, x);
  const x3 = multiplyHigh(x2, x);
  const x4Over4 = divideByPowerOfTwo(multiplyHigh(x2, x2), 2);
  const ONE_THIRD = 715827883;
  const EXP_MINUS_EIGHTH = 1895147668;
  const tail = divideByPowerOfTwo(multiplyHigh(x4Over4 + x3, ONE_THIRD) + x2, 1);
  return EXP_MINUS_EIGHTH + multiplyHigh(EXP_MINUS_EIGHTH, x + tail);
}

/** exp(−2^i) in Q0 for i = −2…4. */
const EXPONENTIALS: readonly (readonly [exponent: number, factor: number])[] = [
  [-2, 1672461947],
  [-1, 1302514674],
  [0, 790015084],
  [1, 290630308],
  [2, 39332535],
  [3, 720401],
  [4, 242],
];

/** exp(a) for a ≤ 0. @param raw Q`integerBits` @returns Q0 */
export function exponential(raw: number, integerBits: 4 | 5): number {
  if (raw === 0) return INT32_MAX;
  const fractionalBits = 31 - integerBits;
  const quarter = 1 << (fractionalBits - 2);
  const reduced = (raw & (quarter - 1)) - quarter;
  let result = exponentialNearZero(shiftLeftSaturating(reduced, integerBits));
  const remainder = reduced - raw;
  for (const [exponent, factor] of EXPONENTIALS)
    if (exponent < integerBits && (remainder & (1 << (fractionalBits + exponent))) !== 0)
      result = multiplyHigh(result, factor);
  return result;
}

/** 1 / (1 + a) for a in [0, 1), Q0 → Q0: three Newton steps on half the denominator. */
export function reciprocalOfOnePlus(a: number): number {
  const sum = a + INT32_MAX;
  const half = Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
  const Q2_48_OVER_17 = 1515870810;
  const Q2_MINUS_32_OVER_17 = -1010580540;
  let x = Q2_48_OVER_17 + multiplyHigh(half, Q2_MINUS_32_OVER_17);
  for (let i = 0; i < 3; i++) {
    const rest = (1 << 29) - multiplyHigh(half, x);
    x += shiftLeftSaturating(multiplyHigh(x, rest), 2);
  }
  return shiftLeftSaturating(x, 1);
}

/** 1 / (1 + exp(−a)), Q4 → Q0. */
export function logistic(raw: number): number {
  if (raw === 0) return 1 << 30;
  const positive = reciprocalOfOnePlus(exponential(-Math.abs(raw), 4));
  return raw > 0 ? positive : INT32_MAX - positive;
}
