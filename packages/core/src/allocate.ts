import { coreErrors } from '@opq/errors';
import type { Allocator, AllocatorOptions, LayerStatistics } from './allocators';
import { sharesWithinMultiplications } from './multiplications';
import type { LayerPolicy } from './policy';

/**
 * Whole numbers that sum to `total` exactly: each share rounded down, the missing ones given to the largest remainders
 * (the earlier layer where remainders are equal).
 * @param total at most Σ limits
 */
function roundShares(shares: readonly number[], limits: readonly number[], total: number): readonly number[] {
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
 * How many weights each layer loses, so that round(sparsity · all weights) are lost altogether, to the weight. Layers of a
 * fixed sparsity lose just that; the others share the rest.
 * @throws OPQ0303, OPQ0304; OPQ0313 where `options.macs` cannot be kept with that many pruned
 */
export function allocatePruning(
  allocator: Allocator,
  layers: readonly LayerStatistics[],
  policies: readonly LayerPolicy[],
  sparsity: number,
  options: AllocatorOptions,
): readonly number[] {
  if (!(sparsity >= 0 && sparsity < 1))
    throw coreErrors.budgetOutOfRange('sparsity', sparsity, 'at least 0 and below 1');
  const all = layers.reduce((n, l) => n + l.values.length, 0);
  const fixed = layers.map((l, i) => {
    const own = policies[i]?.sparsity;
    return own === undefined ? undefined : Math.round(own * l.values.length);
  });
  const already = fixed.reduce<number>((n, count) => n + (count ?? 0), 0);
  const open = layers.map((_, i) => i).filter((i) => fixed[i] === undefined);
  const openLayers = open.flatMap((i) => layers[i] ?? []);
  const limits = openLayers.map((l) => Math.floor(l.values.length * l.limit));
  const reachable = limits.reduce((n, l) => n + l, 0);
  const pruned = Math.round(sparsity * all) - already;
  if (pruned > reachable || pruned < 0)
    throw coreErrors.budgetUnreachable(sparsity, already / all, (already + reachable) / all);
  const left = (counts: readonly number[]): number =>
    layers.reduce(
      (n, l, i) => n + l.uses * (l.values.length - (fixed[i] ?? counts[open.indexOf(i)] ?? 0)),
      0,
    );
  const counts = sharesWithinMultiplications(
    allocator,
    openLayers,
    pruned,
    options,
    (shares) => roundShares(shares, limits, pruned),
    left,
  );
  if (counts === undefined) throw coreErrors.macsUnreachable(options.macs ?? 0, sparsity);
  return layers.map((_, i) => fixed[i] ?? counts[open.indexOf(i)] ?? 0);
}
