import { histogramOf } from '@opq/encodings';
import { accountLayer } from './accounting';
import { sizeOf, type Budget, type Compressed, type SizeLimit } from './budget';
import type { CompressedWeights } from './compressed-weights';
import { latticeOf, leastBits, type Lattice } from './lattice';
import { CLOSED_FORM_BITS, LARGEST_LEVEL } from './steps';
import { multiplicationsOf } from './multiplications';
import type { LayerPolicy } from './policy';
import { channelOf, type LayerWeights } from './weights';

/** The magnitudes that survivors take now. */
function levelLimits(
  w: LayerWeights,
  levels: Int8Array,
): Pick<CompressedWeights, 'smallestLevel' | 'largestLevels'> {
  const largestLevels = new Array<number>(w.channels).fill(0);
  let smallestLevel = LARGEST_LEVEL;
  levels.forEach((k, i) => {
    const channel = channelOf(w, i);
    largestLevels[channel] = Math.max(largestLevels[channel] ?? 0, Math.abs(k));
    if (k !== 0) smallestLevel = Math.min(smallestLevel, Math.abs(k));
  });
  return { smallestLevel, largestLevels };
}

/** A layer as it stands: every zero counts as pruned, every other weight is its level. */
function asItStands(w: LayerWeights, { levels, scales }: Lattice, bits: number): CompressedWeights {
  const mask = Uint8Array.from(levels, (k) => (k === 0 ? 0 : 1));
  const survivors = mask.reduce((n, m) => n + m, 0);
  return {
    tensor: w.tensor,
    layer: w.name,
    levels,
    codebook: histogramOf(levels).levels,
    mask,
    step: scales.reduce((a, b) => Math.max(a, b), 0),
    gain: scales.length > 1 ? 'channel' : 'none',
    ...levelLimits(w, levels),
    scales: scales.map(Math.fround),
    pruned: mask.length - survivors,
    threshold: 0,
    bits: survivors === 0 ? 0 : bits / survivors,
    omega: 1,
    error: 0,
    account: accountLayer(w, levels, bits, true),
  };
}

/**
 * A model whose weights already stand on codebooks within the budget and the multiplications needs nothing done, so that compressing twice is
 * compressing once. Undefined for any other model.
 */
export function compressedBefore(
  layers: readonly LayerWeights[],
  policies: readonly LayerPolicy[],
  { budget, macs = Infinity }: { readonly budget: Budget; readonly macs?: number | undefined },
  limit: SizeLimit | undefined,
): Pick<Compressed, 'weights'> | undefined {
  const lattices: Lattice[] = [];
  for (const layer of layers) {
    const lattice = latticeOf(layer);
    if (lattice === undefined) return undefined;
    lattices.push(lattice);
  }
  const lowBits = 'bits' in budget && budget.bits < CLOSED_FORM_BITS;
  const bits = layers.map((w, i) => (policies[i]?.skip ? 0 : leastBits(w, lattices[i] as Lattice, lowBits)));
  const weights = layers.map((w, i) => asItStands(w, lattices[i] as Lattice, bits[i] ?? 0));
  if (multiplicationsOf(layers, weights).left > macs) return undefined;
  if (limit !== undefined) return sizeOf(weights, limit.accounting) <= limit.bytes ? { weights } : undefined;
  if (!('bits' in budget)) return undefined;
  const total = weights.reduce((n, w) => n + w.levels.length, 0);
  const zeros = weights.reduce((n, w) => n + w.pruned, 0);
  const spent = bits.reduce((n, b) => n + b, 0);
  const wanted = Math.round(budget.sparsity * total);
  const met = zeros >= wanted && spent <= budget.bits * (total - wanted) + 1e-6 * total;
  return met ? { weights } : undefined;
}
