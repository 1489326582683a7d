import { coreErrors } from '@opq/errors';
import { normalisation, shareAt, solveMultiplier } from './laplace';

/** What an allocator knows of a layer: its values after the gains, and their mean magnitude. */
export interface LayerStatistics {
  readonly name: string;
  /** v = w / g */
  readonly values: Float32Array;
  /** τ = mean |v| */
  readonly tau: number;
  /** Left as it is: pruned nothing. */
  readonly skip: boolean;
}

export interface AllocatorOptions {
  /** Exponents of ω = N^(−a)·σ^(−2b). */
  readonly a: number;
  readonly b: number;
  /** No layer loses a larger share than this. */
  readonly maximumSparsity: number;
}

/** Spreads one sparsity over all layers. */
export interface Allocator {
  readonly name: string;
  /** ω of each layer: how much a squared error in it counts. */
  weights(layers: readonly LayerStatistics[], options: AllocatorOptions): readonly number[];
  /** Real number of weights to prune per layer, summing to `pruned`. */
  shares(layers: readonly LayerStatistics[], pruned: number, options: AllocatorOptions): readonly number[];
}

/** τ of a layer of zeros stands as 1, so that it takes part like any other; nothing is lost in it. */
const present = (tau: number): number => (tau === 0 ? 1 : tau);

/** OPQ: one multiplier for all layers over Laplace densities (docs/method.md). */
const opq: Allocator = {
  name: 'opq',
  weights: (layers, { a, b }) => layers.map(({ values, tau }) => normalisation(values.length, tau, a, b)),
  shares(layers, pruned, options) {
    const omega = this.weights(layers, options);
    const parts = layers.map(({ values, tau, skip }, i) => ({
      count: values.length,
      s: Math.sqrt(omega[i] ?? 1) * present(tau),
      limit: skip ? 0 : options.maximumSparsity,
    }));
    const mu = solveMultiplier(parts, pruned);
    return parts.map((part) => part.count * shareAt(part, mu));
  },
};

const ALLOCATORS: readonly Allocator[] = [opq];

/** @throws OPQ0305 */
export function findAllocator(name: string): Allocator {
  const found = ALLOCATORS.find((allocator) => allocator.name === name);
  if (found === undefined)
    throw coreErrors.unknownAllocator(
      name,
      ALLOCATORS.map((allocator) => allocator.name),
    );
  return found;
}

/**
 * Whole numbers that sum to `total` exactly: each share rounded down, the missing ones given to the largest remainders
 * (the earlier layer where remainders are equal).
 */
export function roundShares(
  shares: readonly number[],
  limits: readonly number[],
  total: number,
): readonly number[] {
  const counts = shares.map((share, i) => Math.min(limits[i] ?? 0, Math.floor(share)));
  let missing = total - counts.reduce((n, c) => n + c, 0);
  const order = shares
    .map((share, i) => ({ i, rest: share - (counts[i] ?? 0) }))
    .sort((x, y) => y.rest - x.rest || x.i - y.i);
  while (missing > 0) {
    const before = missing;
    for (const { i } of order) {
      if (missing === 0) break;
      if ((counts[i] ?? 0) >= (limits[i] ?? 0)) continue;
      counts[i] = (counts[i] ?? 0) + 1;
      missing--;
    }
    if (missing === before) break;
  }
  return counts;
}

/**
 * How many weights each layer loses, so that round(sparsity · all weights) are lost altogether, to the weight.
 * @throws OPQ0303, OPQ0304
 */
export function allocatePruning(
  allocator: Allocator,
  layers: readonly LayerStatistics[],
  sparsity: number,
  options: AllocatorOptions,
): readonly number[] {
  if (!(sparsity >= 0 && sparsity < 1))
    throw coreErrors.budgetOutOfRange('sparsity', sparsity, 'at least 0 and below 1');
  const all = layers.reduce((n, l) => n + l.values.length, 0);
  const limits = layers.map((l) => (l.skip ? 0 : Math.floor(l.values.length * options.maximumSparsity)));
  const pruned = Math.round(sparsity * all);
  const reachable = limits.reduce((n, l) => n + l, 0);
  if (pruned > reachable) throw coreErrors.budgetUnreachable(sparsity, reachable / all);
  return roundShares(allocator.shares(layers, pruned, options), limits, pruned);
}
