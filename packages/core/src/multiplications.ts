import type { Allocator, AllocatorOptions, LayerStatistics } from './allocators';
import type { CompressedWeights } from './compressed-weights';
import type { LayerWeights } from './weights';

/** Multiplications of one inference, of all weights and of those that survive. @param weights one for each of the layers */
export function multiplicationsOf(
  layers: readonly LayerWeights[],
  weights: readonly Pick<CompressedWeights, 'levels' | 'pruned'>[],
): { readonly before: number; readonly left: number } {
  const sum = (of: (w: Pick<CompressedWeights, 'levels' | 'pruned'>) => number): number =>
    weights.reduce((n, w, i) => n + (layers[i]?.uses ?? 0) * of(w), 0);
  return { before: sum((w) => w.levels.length), left: sum((w) => w.levels.length - w.pruned) };
}

/** Prices tried: raised by this factor until one keeps to the multiplications, then bisected. */
const FACTOR = 16;
const HALVINGS = 24;

/** From a price that no layer heeds yet, to one above which nothing changes: by what the error of a weight is worth. */
function pricesOf(layers: readonly LayerStatistics[], omega: readonly number[]): readonly [number, number] {
  const worth = layers.map(
    ({ tau, uses }, i) => ((omega[i] ?? 1) * (tau || 1) * (tau || 1)) / Math.max(1, uses),
  );
  const least = worth.reduce((n, w) => (w > 0 ? Math.min(n, w) : n), 1);
  const most = worth.reduce((n, w) => (Number.isFinite(w) ? Math.max(n, w) : n), 1);
  return [2 ** -20 * least, 2 ** 40 * most];
}

/**
 * The shares of least error that leave at most `options.macs` multiplications, by the lowest price of one that does; undefined
 * where no price leaves so few with as many weights pruned (docs/method.md, Multiplications).
 * @param settle what becomes of real shares in the end, such as whole weights
 * @param left multiplications that are left by settled shares
 */
export function sharesWithinMultiplications(
  allocator: Allocator,
  layers: readonly LayerStatistics[],
  pruned: number,
  options: AllocatorOptions,
  settle: (shares: readonly number[]) => readonly number[],
  left: (settled: readonly number[]) => number,
): readonly number[] | undefined {
  const at = (price: number): readonly number[] =>
    settle(allocator.shares(layers, pruned, { ...options, price }));
  const free = at(0);
  const { macs } = options;
  if (macs === undefined || left(free) <= macs) return free;
  if (!allocator.priced || layers.length === 0) return undefined;
  const [start, end] = pricesOf(layers, allocator.weights(layers, options));
  let [low, high] = [0, start];
  let best = at(high);
  while (left(best) > macs) {
    if (high > end) return undefined;
    [low, high] = [high, high * FACTOR];
    best = at(high);
  }
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    const shares = at(middle);
    if (left(shares) > macs) low = middle;
    else [high, best] = [middle, shares];
  }
  return best;
}
