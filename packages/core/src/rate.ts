import type { Accounting } from './accounting';
import type { LayerStatistics } from './allocators';
import { pruningError } from './laplace';
import type { LayerPolicy } from './policy';
import { LARGEST_LEVEL } from './steps';

/*
 * What a (sparsity, step) costs and loses by the densities alone: zero-mean Laplace weights with mean magnitude τ, of which
 * those above the threshold β survive, as a sign and an exponential of mean τ (docs/method.md, Budgets).
 */

/** Entropy of a coin in bits. */
const coin = (p: number): number => (p <= 0 || p >= 1 ? 0 : -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p)));

/** A survivor's magnitude in whole steps is geometric with ratio q = e^(−Δ/τ): its entropy is H(q)/(1 − q) bits. */
export function magnitudeEntropy(step: number, tau: number): number {
  const q = Math.exp(-step / tau);
  return q <= 0 ? 0 : q >= 1 ? Math.log2(LARGEST_LEVEL) : coin(q) / (1 - q);
}

/**
 * Mean squared error of a survivor coded at the middle of its step: for t exponential within a cell of width Δ,
 * E[(t − Δ/2)²]. Tends to Δ²/12 for fine steps.
 */
export function steppingError(step: number, tau: number): number {
  const r = step / tau;
  if (r < 1e-3) return (step * step) / 12;
  const tail = Math.exp(-r) / -Math.expm1(-r);
  const mean = tau * (1 - r * tail);
  const square = tau * tau * (2 - (r * r + 2 * r) * tail);
  return square - step * mean + (step * step) / 4;
}

/** One layer as the model of rates sees it. */
export interface RatedLayer {
  readonly statistics: LayerStatistics;
  readonly omega: number;
  readonly policy: LayerPolicy;
}

/** Bits of one weight of a layer, of which `share` is pruned. */
function bitsPerWeight(layer: RatedLayer, share: number, step: number, accounting: Accounting): number {
  const { tau } = layer.statistics;
  const survivors = 1 - share;
  // Effective range 2eτ of a sign and an exponential (docs/method.md, entropy-rate form).
  const payload = Math.max(1, Math.log2((2 * Math.E * (tau || 1)) / step));
  switch (accounting) {
    case 'paper':
      return survivors * payload;
    case 'bitmap':
      return 1 + survivors * payload;
    case 'entropy':
    case 'flash':
      return coin(share) + survivors * (1 + magnitudeEntropy(step, tau || 1));
  }
}

export interface Estimate {
  readonly bits: number;
  /** Σ ωᵢNᵢ[e(pᵢ) + (1 − pᵢ)·error of a step] */
  readonly error: number;
}

/**
 * Estimated size and weighted error of all layers at steps Δ₀/√ωᵢ, a layer of fixed bits at its own.
 * @param shares share pruned of each layer
 */
export function estimate(
  layers: readonly RatedLayer[],
  shares: readonly number[],
  commonStep: number,
  accounting: Accounting,
): Estimate {
  let [bits, error] = [0, 0];
  layers.forEach((layer, i) => {
    const { tau, values } = layer.statistics;
    const { skip, bits: fixed } = layer.policy;
    const share = shares[i] ?? 0;
    const scale = tau || 1;
    const own =
      fixed === undefined
        ? Math.max(commonStep / Math.sqrt(layer.omega), (8 * scale) / LARGEST_LEVEL)
        : (2 * Math.E * scale) / 2 ** fixed;
    bits += values.length * (skip ? 8 : bitsPerWeight(layer, share, own, accounting));
    if (skip || tau === 0) return;
    const threshold = share < 1 ? -tau * Math.log1p(-share) : Infinity;
    const lost = share < 1 ? pruningError(threshold, tau) : 2 * tau * tau;
    error += layer.omega * values.length * (lost + (1 - share) * steppingError(own, tau));
  });
  return { bits, error };
}
