import { coreErrors } from '@opq/errors';
import type { Allocator, AllocatorOptions, LayerStatistics } from './allocator';
import type { CompressedWeights } from './compress';
import { pruningError, shareAt, solveMultiplier } from './laplace';

/** What a compression may cost: sparsity and bits outright, or one ratio from which both follow. */
export type Budget =
  /** Share of all weights that becomes zero, 0…1; average bits of a survivor, 1…8. */
  | { readonly sparsity: number; readonly bits: number }
  /** Bytes of the float32 weights over bytes of the compressed ones as stored: masks and codebooks included; above 1. */
  | { readonly ratio: number };

export interface ResolvedBudget {
  readonly sparsity: number;
  readonly bits: number;
}

/** Survivors beyond the threshold stay exponential: mean squared error of 2^−2b of their effective range 2eτ. */
const quantisationError = (tau: number, bits: number): number => (2 * Math.E * tau * 2 ** -bits) ** 2 / 12;

/** Layers as one (sparsity, bits) left them. */
export interface Compressed {
  readonly resolved: ResolvedBudget;
  readonly weights: readonly CompressedWeights[];
}

/** @throws OPQ0303 */
export function checkBudget(budget: Budget): void {
  if ('ratio' in budget) {
    if (!(budget.ratio > 1 && budget.ratio <= 30))
      throw coreErrors.budgetOutOfRange(
        'ratio',
        budget.ratio,
        'above 1 and at most 30 (one bit per weight is the mask)',
      );
    return;
  }
  if (!(budget.bits >= 1 && budget.bits <= 8))
    throw coreErrors.budgetOutOfRange('number of bits', budget.bits, 'between 1 and 8');
  if (!(budget.sparsity >= 0 && budget.sparsity < 1))
    throw coreErrors.budgetOutOfRange('sparsity', budget.sparsity, 'at least 0 and below 1');
}

/** Compressions tried until the bytes as stored meet a ratio. */
const ATTEMPTS = 10;
/** A ratio may be passed by this much. */
const SLACK = 1.01;

/**
 * Compresses within a budget. Sparsity and bits say outright what to do; a ratio is met by the bytes as stored: the ratio
 * handed to the density model is corrected by what the last attempt missed.
 * @param resolve (sparsity, bits) of least error for a ratio, by the densities alone
 * @throws OPQ0303 for a ratio out of reach
 */
export function solveBudget(
  budget: Budget,
  compressAt: (resolved: ResolvedBudget) => Compressed,
  resolve: (ratio: number) => ResolvedBudget | undefined,
): Compressed {
  checkBudget(budget);
  if ('sparsity' in budget) return compressAt(budget);
  let best: { readonly compressed: Compressed; readonly ratio: number } | undefined;
  let below = 1;
  let above = 31;
  let asked = budget.ratio;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const resolved = resolve(asked);
    if (resolved === undefined) above = asked;
    else {
      const compressed = compressAt(resolved);
      const ratio = storedRatio(compressed.weights);
      if (ratio < budget.ratio) below = Math.max(below, asked);
      else {
        above = Math.min(above, asked);
        if (best === undefined || ratio < best.ratio) best = { compressed, ratio };
        if (ratio <= budget.ratio * SLACK) break;
      }
      asked *= budget.ratio / ratio;
    }
    if (!(asked > below && asked < above)) asked = (below + above) / 2;
  }
  if (best === undefined)
    throw coreErrors.budgetOutOfRange('ratio', budget.ratio, 'small enough to leave one bit per survivor');
  return best.compressed;
}

/** Bytes of the float32 weights over bytes as stored. */
export function storedRatio(weights: readonly CompressedWeights[]): number {
  const before = weights.reduce((n, w) => n + 32 * w.levels.length, 0);
  return before / weights.reduce((n, w) => n + w.account.stored, 0);
}

/**
 * (sparsity, bits) for a ratio, from the densities alone: with a bitmap, a weight takes 1 + (1 − p)·b bits, so each p leaves
 * one b; the pair of least weighted error Σ ωᵢNᵢ[e(pᵢ) + (1 − pᵢ)·Δᵢ²/12] is taken. Undefined where no pair leaves a bit.
 */
export function resolveRatio(
  ratio: number,
  allocator: Allocator,
  layers: readonly LayerStatistics[],
  options: AllocatorOptions,
): ResolvedBudget | undefined {
  const perWeight = 32 / ratio;
  const omega = allocator.weights(layers, options);
  const total = layers.reduce((n, l) => n + l.values.length, 0);
  let best: (ResolvedBudget & { readonly error: number }) | undefined;
  for (let step = 0; step < 98; step++) {
    const sparsity = step / 100;
    const bits = Math.min(8, (perWeight - 1) / (1 - sparsity));
    if (bits < 1) continue;
    const parts = layers.map((l, i) => ({
      count: l.values.length,
      s: Math.sqrt(omega[i] ?? 1) * (l.tau || 1),
      limit: l.skip ? 0 : options.maximumSparsity,
    }));
    const mu = solveMultiplier(parts, sparsity * total);
    const error = layers.reduce((sum, l, i) => {
      const share = shareAt(parts[i] ?? { count: 0, s: 1, limit: 0 }, mu);
      const threshold = share < 1 ? -l.tau * Math.log1p(-share) : Infinity;
      return (
        sum +
        (omega[i] ?? 1) *
          l.values.length *
          (pruningError(threshold, l.tau) + (1 - share) * quantisationError(l.tau, bits))
      );
    }, 0);
    if (best === undefined || error < best.error) best = { sparsity, bits, error };
  }
  return best && { sparsity: best.sparsity, bits: best.bits };
}
