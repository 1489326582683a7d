import fc from 'fast-check';
import { compressWeights } from '../src';
import { estimate, magnitudeEntropy, steppingError } from '../src/rate';
import { laplaceNetwork } from './networks';

const ratio = fc.double({ min: 0.02, max: 6, noNaN: true });
const tau = fc.double({ min: 1e-3, max: 1e3, noNaN: true });

test('the entropy of a magnitude is that of its geometric law', () => {
  fc.assert(
    fc.property(tau, ratio, (t, r) => {
      let sum = 0;
      for (let k = 0; k < 4000; k++) {
        const p = Math.exp(-k * r) * -Math.expm1(-r);
        if (p > 0) sum -= p * Math.log2(p);
      }
      expect(magnitudeEntropy(r * t, t)).toBeCloseTo(sum, 4);
    }),
  );
});

test('the error of a step is the integral over an exponential within one cell', () => {
  fc.assert(
    fc.property(tau, ratio, (t, r) => {
      const step = r * t;
      const n = 2000;
      let [error, mass] = [0, 0];
      for (let i = 0; i < n; i++) {
        const x = ((i + 0.5) * step) / n;
        const p = Math.exp(-x / t);
        error += p * (x - step / 2) ** 2;
        mass += p;
      }
      expect(steppingError(step, t) / (error / mass)).toBeCloseTo(1, 3);
    }),
  );
});

test.each([0.2, 0.6, 0.9])('size and error are estimated within a fifth at %d sparsity', (sparsity) => {
  const model = laplaceNetwork([[200, 300, 0.1], [150, 200, 0.03]], 4); // prettier-ignore
  for (const bits of [3, 4, 5]) {
    const { weights, totals } = compressWeights(model, {
      budget: { sparsity, bits },
      gain: 'none',
    });
    const rated = weights.map((w, i) => {
      const values = model.tensors.filter((t) => t.data)[i]!.data as Float32Array;
      const tau = values.reduce((n, v) => n + Math.abs(v), 0) / values.length;
      return {
        statistics: { name: '', values, tau, energy: 0, gainPower: 1, limit: 1, uses: 1 },
        omega: w.omega,
        policy: { skip: false, sparsity: undefined, bits: undefined, maximumSparsity: 1 },
      };
    });
    const step = weights[0]!.step * Math.sqrt(weights[0]!.omega);
    const shares = weights.map((w) => w.pruned / w.levels.length);
    const { bits: size, error } = estimate(rated, shares, step, 'entropy');
    expect(size / (8 * totals.bytes.entropy)).toBeGreaterThan(0.83);
    expect(size / (8 * totals.bytes.entropy)).toBeLessThan(1.2);
    expect(error / totals.weightedError).toBeGreaterThan(0.83);
    expect(error / totals.weightedError).toBeLessThan(1.2);
  }
});
