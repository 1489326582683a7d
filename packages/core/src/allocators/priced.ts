import { prunedShare } from '../laplace';
import type { LayerStatistics, Solver } from './allocator';

/** One layer, as a function of its threshold. */
interface Part {
  readonly omega: number;
  readonly uses: number;
  /** Largest number of weights it may lose. */
  readonly capacity: number;
  /** Weights lost at threshold β. */
  lostAt(threshold: number): number;
}

function partOf({ values, tau, limit, uses }: LayerStatistics, omega: number, solver: Solver): Part {
  const capacity = Math.floor(limit * values.length);
  if (solver === 'laplace')
    return { omega, uses, capacity, lostAt: (beta) => (beta < 0 ? 0 : Math.min(capacity, values.length * prunedShare(beta, tau || 1))) };
  const magnitudes = values.map(Math.abs).sort();
  const lostAt = (beta: number): number => {
    let [low, high] = [0, magnitudes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((magnitudes[middle] as number) <= beta) low = middle + 1;
      else high = middle;
    }
    return Math.min(capacity, low);
  };
  return { omega, uses, capacity, lostAt };
} // prettier-ignore

/** β of a layer: ωβ² = λ + price · uses; −1, at which nothing is lost, where that is below 0. */
function thresholdAt({ omega, uses }: Part, lambda: number, price: number): number {
  const square = (lambda + price * uses) / omega;
  return square < 0 ? -1 : Math.sqrt(square);
}

/**
 * Shares of least Σ ωᵢNᵢeᵢ(pᵢ) + price · Σ uᵢNᵢ(1 − pᵢ) with Σ Nᵢpᵢ = `pruned`: a weight that is used at many positions is worth
 * less than one that is used at few. λ may fall below 0: then some layers lose nothing (docs/method.md, Multiplications).
 * @param price of one multiplication, in weighted squared error; > 0
 */
export function pricedShares(
  layers: readonly LayerStatistics[],
  omega: readonly number[],
  pruned: number,
  price: number,
  solver: Solver,
): readonly number[] {
  const parts = layers.map((layer, i) => partOf(layer, omega[i] ?? 1, solver));
  const sharesAt = (lambda: number): readonly number[] =>
    parts.map((part) => part.lostAt(thresholdAt(part, lambda, price)));
  const lost = (lambda: number): number => sharesAt(lambda).reduce((n, share) => n + share, 0);
  // Below this nothing is lost anywhere.
  let low = -2 * price * parts.reduce((most, { uses }) => Math.max(most, uses), 1);
  let high = Number.MIN_VALUE;
  for (let step = Number.EPSILON; lost(high) < pruned && Number.isFinite(step); step *= 4) high = step;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (lost(middle) < pruned) low = middle;
    else high = middle;
  }
  const [below, above] = [sharesAt(low), sharesAt(high)];
  // Where the threshold jumps over weights of equal magnitude, each layer loses its part of the jump.
  const [from, to] = [below, above].map((shares) => shares.reduce((n, share) => n + share, 0)) as [number, number];
  const part = to > from ? Math.min(1, Math.max(0, (pruned - from) / (to - from))) : 0;
  return below.map((share, i) => share + part * ((above[i] ?? share) - share));
} // prettier-ignore
