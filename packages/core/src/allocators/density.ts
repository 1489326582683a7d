import { shareAt, solveMultiplier } from '../laplace';
import type { AllocatorOptions, LayerStatistics } from './allocator';
import { globalShares, type Scored } from './global-order';
import { pricedShares } from './priced';

/** τ of a layer of zeros stands as 1, so that it takes part like any other; nothing is lost in it. */
const present = (tau: number): number => (tau === 0 ? 1 : tau);

/**
 * Shares of least Σ ωᵢNᵢeᵢ(pᵢ): ωᵢβᵢ² is the same in every layer, either by the Laplace densities (docs/method.md, Pruning)
 * or exactly, by one order of all √ωᵢ·|v|.
 */
export function leastErrorShares(
  layers: readonly LayerStatistics[],
  omega: readonly number[],
  pruned: number,
  { solver, price = 0 }: Pick<AllocatorOptions, 'solver' | 'price'>,
): readonly number[] {
  if (price > 0) return pricedShares(layers, omega, pruned, price, solver);
  const roots = omega.map(Math.sqrt);
  if (solver === 'exact')
    return globalShares(
      layers.map((l, i): Scored => ({ scores: l.values, factor: roots[i] ?? 1, limit: l.limit })),
      pruned,
    );
  const parts = layers.map(({ values, tau, limit }, i) => ({
    count: values.length,
    s: (roots[i] ?? 1) * present(tau),
    limit,
  }));
  const mu = solveMultiplier(parts, pruned);
  return parts.map((part) => part.count * shareAt(part, mu));
}
