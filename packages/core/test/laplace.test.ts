import fc from 'fast-check';
import {
  bracket,
  normalisation,
  prunedShare,
  pruningError,
  shareAt,
  solveMultiplier,
  type LayerShare,
} from '../src/laplace';
import { evenly } from '../../../tools/testing';

const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
const share = evenly(0.01, 0.98);
const layers = fc.array(
  fc.record({
    count: fc.integer({ min: 1, max: 1_000_000 }),
    s: fc.double({ min: 1e-3, max: 10, noNaN: true }),
    limit: fc.constant(1),
  }),
  { minLength: 1, maxLength: 12 },
);
const total = (list: readonly LayerShare[]) => list.reduce((n, l) => n + l.count, 0);
const pruned = (list: readonly LayerShare[], mu: number) =>
  list.reduce((n, l) => n + l.count * shareAt(l, mu), 0);

test('the error is the integral of x² over the pruned part of the density', () => {
  fc.assert(
    fc.property(positive, evenly(0.01, 6), (tau, ratio) => {
      const threshold = ratio * tau;
      const n = 4000;
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const x = ((i + 0.5) * threshold) / n;
        sum += ((x * x * Math.exp(-x / tau)) / tau) * (threshold / n);
      }
      expect(pruningError(threshold, tau) / sum).toBeCloseTo(1, 3);
    }),
    { numRuns: 50 },
  );
});

test('de/dp = β²', () => {
  fc.assert(
    fc.property(positive, fc.double({ min: 0.05, max: 5, noNaN: true }), (tau, ratio) => {
      const threshold = ratio * tau;
      const h = 1e-4 * threshold;
      const de = pruningError(threshold + h, tau) - pruningError(threshold - h, tau);
      const dp = prunedShare(threshold + h, tau) - prunedShare(threshold - h, tau);
      expect(de / dp / threshold ** 2).toBeCloseTo(1, 4);
    }),
  );
});

test('the bracket always holds the root', () => {
  fc.assert(
    fc.property(layers, share, (list, p) => {
      const [low, high] = bracket(list, p);
      expect(pruned(list, low)).toBeLessThanOrEqual(p * total(list) * (1 + 1e-9));
      expect(pruned(list, high)).toBeGreaterThanOrEqual(p * total(list) * (1 - 1e-9));
    }),
  );
});

test('the multiplier meets the budget, with limits that bind as well', () => {
  fc.assert(
    fc.property(layers, share, evenly(0.3, 1), (list, p, limit) => {
      const limited = list.map((l, i) => ({ ...l, limit: i % 2 === 0 ? limit : 1 }));
      const reachable = limited.reduce((n, l) => n + l.count * l.limit, 0);
      const wanted = Math.min(p * total(list), 0.995 * reachable);
      expect(pruned(limited, solveMultiplier(limited, wanted)) / wanted).toBeCloseTo(1, 5);
    }),
  );
});

test('(a, b) = (0, 1) prunes every layer by the same share', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), positive), { minLength: 1, maxLength: 8 }),
      share,
      (list, p) => {
        const parts = list.map(([count, tau]) => ({
          count,
          s: Math.sqrt(normalisation(count, tau, 0, 1)) * tau,
          limit: 1,
        }));
        const mu = solveMultiplier(parts, p * total(parts));
        for (const part of parts) expect(shareAt(part, mu)).toBeCloseTo(p, 5);
      },
    ),
  );
});

test('b = 1 leaves the shares as they are when a layer is rescaled', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 10, max: 1e6 }), positive, positive), {
        minLength: 1,
        maxLength: 8,
      }),
      share,
      (list, p) => {
        const parts = (scaled: boolean) =>
          list.map(([count, tau, factor]) => {
            const t = scaled ? tau * factor : tau;
            return { count, s: Math.sqrt(normalisation(count, t, 0.5, 1)) * t, limit: 1 };
          });
        const shares = [false, true].map((scaled) => {
          const own = parts(scaled);
          const mu = solveMultiplier(own, p * total(own));
          return own.map((part) => shareAt(part, mu));
        });
        shares[0]!.forEach((value, i) => expect(shares[1]![i]).toBeCloseTo(value, 6));
      },
    ),
  );
});
