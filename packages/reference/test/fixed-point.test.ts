import fc from 'fast-check';
import { quantiseMultiplier } from '@opq/ir';
import { divideByPowerOfTwo, meanMultiplier, multiplyHigh, requantise } from '../src';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const multiplier = fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 });

/** gemmlowp's SaturatingRoundingDoublingHighMul, in integers of any size. */
function exactHigh(a: number, b: number): number {
  if (a === b && a === -(2 ** 31)) return 2 ** 31 - 1;
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n)); // BigInt division truncates, as C's does
}

/** gemmlowp's RoundingDivideByPOT: halves away from zero. */
function exactShift(x: number, exponent: number): number {
  const mask = (1n << BigInt(exponent)) - 1n;
  const value = BigInt(x);
  const remainder = value & mask;
  const threshold = (mask >> 1n) + (x < 0 ? 1n : 0n);
  return Number((value >> BigInt(exponent)) + (remainder > threshold ? 1n : 0n));
}

test('multiplyHigh is exact on every pair', () => {
  fc.assert(
    fc.property(int32, int32, (a, b) => expect(multiplyHigh(a, b)).toBe(exactHigh(a, b))),
    { numRuns: 20_000 },
  );
});

test.each([
  [-(2 ** 31), -(2 ** 31)],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [-(2 ** 31), 2 ** 31 - 1],
  [1 << 30, 1],
  [-(1 << 30), 1],
  [1 << 30, -1],
])('multiplyHigh(%i, %i) is exact at the border', (a, b) => expect(multiplyHigh(a, b)).toBe(exactHigh(a, b)));

test('division by a power of two rounds halves away from zero', () => {
  fc.assert(
    fc.property(int32, fc.integer({ min: 0, max: 31 }), (x, exponent) =>
      expect(divideByPowerOfTwo(x, exponent)).toBe(exactShift(x, exponent)),
    ),
    { numRuns: 5000 },
  );
});

test('requantisation is a left shift, a high product, a rounded right shift', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
      multiplier,
      fc.integer({ min: -31, max: 6 }),
      (x, m, shift) => {
        const left = Math.max(0, shift);
        expect(requantise(x, m, shift)).toBe(exactShift(exactHigh(x * 2 ** left, m), left - shift));
      },
    ),
    { numRuns: 5000 },
  );
});

test('a real factor and its multiplier agree to 31 bits', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (factor) => {
      const { multiplier: m, shift } = quantiseMultiplier(factor);
      expect(Math.abs((m * 2 ** (shift - 31)) / factor - 1)).toBeLessThanOrEqual(2 ** -31);
      expect(m).toBeGreaterThanOrEqual(2 ** 30);
      expect(m).toBeLessThan(2 ** 31);
    }),
  );
});

test('factors out of reach are refused, those too small become nothing', () => {
  expect(quantiseMultiplier(0)).toEqual({ multiplier: 0, shift: 0 });
  expect(quantiseMultiplier(2 ** -40)).toEqual({ multiplier: 0, shift: 0 });
  expect(() => quantiseMultiplier(2 ** 31)).toThrow(expect.objectContaining({ code: 'OPQ0105' }));
  expect(() => quantiseMultiplier(Number.NaN)).toThrow(RangeError);
});

test('the multiplier of a mean divides by the count', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4096 }),
      fc.double({ min: 0.01, max: 10, noNaN: true }),
      (count, f) => {
        const { multiplier: m, shift } = meanMultiplier(count, {
          ...quantiseMultiplier(f),
          inputZeroPoint: 0,
          outputZeroPoint: 0,
        });
        expect((m * 2 ** (shift - 31) * count) / f).toBeCloseTo(1, 6);
      },
    ),
  );
});
