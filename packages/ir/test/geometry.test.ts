import fc from 'fast-check';
import { broadcastShape, outputSize, quantiseMultiplier, resolvePadding } from '../src';

const size = fc.integer({ min: 1, max: 40 });
const small = fc.integer({ min: 1, max: 7 });

test('SAME gives ⌈input / stride⌉ outputs and pads at most one more after than before', () => {
  fc.assert(
    fc.property(size, size, small, small, small, small, (h, w, kh, kw, stride, dilation) => {
      const [oh, ow] = outputSize({ mode: 'same' }, [h, w], [kh, kw], [stride, stride], [dilation, dilation]);
      expect([oh, ow]).toEqual([Math.ceil(h / stride), Math.ceil(w / stride)]);
      const p = resolvePadding({ mode: 'same' }, [h, w], [kh, kw], [stride, stride], [dilation, dilation]);
      expect([0, 1]).toContain(p.bottom - p.top);
      expect([0, 1]).toContain(p.right - p.left);
    }),
  );
});

test('VALID counts the windows that fit', () => {
  fc.assert(
    fc.property(size, small, small, (h, k, stride) => {
      let windows = 0;
      for (let top = 0; top + k <= h; top += stride) windows++;
      expect(Math.max(0, outputSize({ mode: 'valid' }, [h, h], [k, k], [stride, stride])[0])).toBe(windows);
    }),
  );
});

test('broadcasting', () => {
  expect(broadcastShape([1, 4, 1], [3, 1, 5])).toEqual([3, 4, 5]);
  expect(broadcastShape([], [2, 2])).toEqual([2, 2]);
  expect(broadcastShape([2], [3])).toBeUndefined();
});

test('a multiplier is normalised and within half a unit of its factor', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), (factor) => {
      const { multiplier, shift } = quantiseMultiplier(factor);
      expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
      expect(multiplier).toBeLessThan(2 ** 31);
      expect(Math.abs(multiplier - factor * 2 ** (31 - shift))).toBeLessThanOrEqual(0.5);
    }),
  );
  expect(quantiseMultiplier(1)).toEqual({ multiplier: 2 ** 30, shift: 1 });
  expect(quantiseMultiplier(0.5)).toEqual({ multiplier: 2 ** 30, shift: 0 });
  expect(quantiseMultiplier(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
  expect(quantiseMultiplier(0)).toEqual({ multiplier: 0, shift: 0 });
  expect(quantiseMultiplier(2 ** -40)).toEqual({ multiplier: 0, shift: 0 });
  expect(() => quantiseMultiplier(Number.NaN)).toThrow(RangeError);
});
