import { coreErrors } from '@opq/errors';
import type { Allocator, AllocatorOptions } from './allocators';
import type { Accounting } from './accounting';
import type { Resolved } from './budget';
import { sharesWithinMultiplications } from './multiplications';
import { estimate, type RatedLayer } from './rate';

/** Sparsities tried: 0, 0.02 … 0.98, then closer to 1. */
const SPARSITIES: readonly number[] = [
  ...Array.from({ length: 50 }, (_, i) => i / 50),
  0.985,
  0.99,
  0.993,
  0.996,
];

/** Whole weights can miss what real shares keep to, by less than this. */
const MARGIN = 0.999;

/** log₂Δ₀ searched for, around the layers' own scale. */
const OCTAVES = 24;

/** Shares pruned of each layer at one sparsity of all; undefined where the limits do not allow it. The multiplications
 * that are left are estimated here, and counted when weights are pruned: hence the margin. */
function sharesAt(
  layers: readonly RatedLayer[],
  sparsity: number,
  allocator: Allocator,
  options: AllocatorOptions,
): readonly number[] | undefined {
  const sizes = layers.map((l) => l.statistics.values.length);
  const open = layers.map((_, i) => i).filter((i) => layers[i]?.policy.sparsity === undefined);
  const fixed = layers.reduce((n, l, i) => n + (l.policy.sparsity ?? 0) * (sizes[i] ?? 0), 0);
  const pruned = sparsity * sizes.reduce((n, s) => n + s, 0) - fixed;
  const openLayers = open.flatMap((i) => layers[i]?.statistics ?? []);
  const capacity = openLayers.reduce((n, l) => n + Math.floor(l.limit * l.values.length), 0);
  if (pruned < 0 || pruned > capacity) return undefined;
  const shareOf = (counts: readonly number[], i: number): number =>
    layers[i]?.policy.sparsity ?? (counts[open.indexOf(i)] ?? 0) / Math.max(1, sizes[i] ?? 0);
  const counts = sharesWithinMultiplications(
    allocator,
    openLayers,
    Math.floor(pruned),
    // By the densities: an exact order of the weights would cost as much for every sparsity that is tried.
    { ...options, solver: 'laplace', macs: options.macs && options.macs * MARGIN },
    (shares) => shares,
    (shares) =>
      layers.reduce((n, l, i) => n + l.statistics.uses * (sizes[i] ?? 0) * (1 - shareOf(shares, i)), 0),
  );
  return counts && layers.map((_, i) => shareOf(counts, i));
}

/**
 * For every sparsity the densities say which steps are left within a size and what error follows. Returns a function that
 * gives, for a size in bytes, the pair of least weighted error.
 * @throws OPQ0313 where no sparsity leaves as few multiplications as are asked for
 */
export function createResolver(
  layers: readonly RatedLayer[],
  allocator: Allocator,
  options: AllocatorOptions,
  accounting: Accounting,
): (bytes: number) => Resolved | undefined {
  const tryAll = (macs: number | undefined) =>
    SPARSITIES.flatMap((sparsity) => {
      const shares = sharesAt(layers, sparsity, allocator, { ...options, macs });
      return shares === undefined ? [] : [{ sparsity, shares }];
    });
  const tried = tryAll(options.macs);
  const { macs } = options;
  if (tried.length === 0 && macs !== undefined) {
    const most = tryAll(undefined).at(-1);
    if (most !== undefined) throw coreErrors.macsUnreachable(macs, most.sparsity);
  }
  const count = (l: RatedLayer, share: number): number => l.statistics.values.length * (1 - share);
  // log₂Δ₀ at which survivors take 0 bits: Σ n(log₂2eτ + ½log₂ω) / Σ n over the layers that share a step.
  const scaleOf = (shares: readonly number[]): number => {
    const free = layers.map((l, i) => ({ l, n: l.policy.bits === undefined && !l.policy.skip ? count(l, shares[i] ?? 0) : 0 }));
    const all = free.reduce((n, f) => n + f.n, 0);
    const sum = free.reduce((s, { l, n }) => s + n * (Math.log2(2 * Math.E * (l.statistics.tau || 1)) + Math.log2(l.omega) / 2), 0);
    return all === 0 ? 0 : sum / all;
  }; // prettier-ignore

  return (bytes) => {
    let best: { readonly resolved: Resolved; readonly error: number } | undefined;
    for (const { sparsity, shares } of tried) {
      const scale = scaleOf(shares);
      const at = (bits: number) => estimate(layers, shares, 2 ** (scale - bits), accounting);
      // More bits for a survivor never take less; the most that keep within the size are found by bisection.
      let [low, high] = [accounting === 'paper' || accounting === 'bitmap' ? 1 : -2, OCTAVES];
      if (at(low).bits > 8 * bytes) continue;
      for (let step = 0; step < 40; step++) {
        const middle = (low + high) / 2;
        if (at(middle).bits > 8 * bytes) high = middle;
        else low = middle;
      }
      const { error } = at(low);
      if (best !== undefined && error >= best.error) continue;
      const wholeIndices = accounting === 'paper' || accounting === 'bitmap';
      best = {
        error,
        resolved: wholeIndices
          ? { sparsity, bits: Math.min(8, low) }
          : { sparsity, commonStep: 2 ** (scale - low) },
      };
    }
    return best?.resolved;
  };
}
