import fc from 'fast-check';
import { biasBase } from '../src';

const byte = (v: number): boolean => v >= -128 && v <= 127;

test('around a base all values take a byte; it is the nearest to 0; without one no byte is enough', () => {
  const near = fc.integer({ min: -280, max: 280 }).chain((middle) =>
    fc.array(
      fc.integer({ min: -140, max: 140 }).map((v) => v + middle),
      { maxLength: 20 },
    ),
  );
  fc.assert(
    fc.property(near, (values) => {
      const bases = Array.from({ length: 256 }, (_, i) => i - 128).filter((base) =>
        values.every((v) => byte(v - base)),
      );
      const nearest = Math.min(...bases.map(Math.abs));
      const base = biasBase(values);
      expect(base !== undefined).toBe(bases.length > 0);
      if (base !== undefined) {
        expect(bases).toContain(base);
        expect(Math.abs(base)).toBe(nearest);
      }
    }),
    { numRuns: 1000 },
  );
});

test('ends', () => {
  expect(biasBase([])).toBe(0);
  expect(biasBase([-128, 127])).toBe(0);
  expect(biasBase([0, 255])).toBeUndefined();
  expect([biasBase([0, 254]), biasBase([-256, -1]), biasBase([-257])]).toEqual([127, -128, undefined]);
});
