import { coreErrors } from '@opq/errors';
import { normalisation } from '../laplace';
import { ALLOCATOR_NAMES, type Allocator, type AllocatorName, type LayerStatistics } from './allocator';
import { leastErrorShares } from './density';
import { lampShares } from './lamp';

export * from './allocator';

/** An energy of 0 stands as 1: nothing is lost in such a layer whatever happens. */
const present = (energy: number): number => (energy === 0 ? 1 : energy);

/** 1/σ²: errors relative to the mean square of the layer's weights. */
const perMeanSquare = ({ values, energy }: LayerStatistics): number =>
  Math.max(1, values.length) / present(energy);

/** The same share of every layer; where a limit binds, the others lose more. */
function equalShares(layers: readonly LayerStatistics[], pruned: number): readonly number[] {
  const capacity = layers.map((l) => l.values.length * l.limit);
  let open = layers.map((_, i) => i);
  const shares = layers.map(() => 0);
  let left = pruned;
  for (;;) {
    const weights = open.reduce((n, i) => n + (layers[i]?.values.length ?? 0), 0);
    const share = weights === 0 ? 0 : left / weights;
    const full = open.filter((i) => share * (layers[i]?.values.length ?? 0) > (capacity[i] ?? 0));
    for (const i of full.length === 0 ? open : full)
      shares[i] = Math.min(capacity[i] ?? 0, share * (layers[i]?.values.length ?? 0));
    if (full.length === 0) return shares;
    left -= full.reduce((n, i) => n + (shares[i] ?? 0), 0);
    open = open.filter((i) => !full.includes(i));
  }
}

const ALLOCATORS: Readonly<Record<AllocatorName, Allocator>> = {
  opq: {
    name: 'opq',
    priced: true,
    summary: 'least error relative to N^a·σ^2b of each layer, by one multiplier for all layers',
    weights: (layers, { a, b }) => layers.map(({ values, tau }) => normalisation(values.length, tau, a, b)),
    shares(layers, pruned, options) {
      return leastErrorShares(layers, this.weights(layers, options), pruned, options);
    },
  },
  'global-l2': {
    name: 'global-l2',
    priced: true,
    summary: 'least squared error of the weights themselves: one threshold and one step for all layers',
    weights: (layers) => layers.map(({ gainPower }) => gainPower),
    shares(layers, pruned, options) {
      return leastErrorShares(layers, this.weights(layers, options), pruned, options);
    },
  },
  uniform: {
    name: 'uniform',
    priced: false,
    summary: 'the same sparsity and the same bits in every layer',
    weights: (layers) => layers.map(perMeanSquare),
    shares: (layers, pruned) => equalShares(layers, pruned),
  },
  lamp: {
    name: 'lamp',
    priced: false,
    summary: 'layer-adaptive magnitude scores (Lee et al. 2021); the same bits in every layer',
    weights: (layers) => layers.map(perMeanSquare),
    shares: (layers, pruned) => lampShares(layers, pruned),
  },
  riq: {
    name: 'riq',
    priced: true,
    summary: "steps in proportion to each layer's norm, as rotation-invariant quantisation sets them",
    weights: (layers) => layers.map(({ energy }) => 1 / present(energy)),
    shares(layers, pruned, options) {
      return leastErrorShares(layers, this.weights(layers, options), pruned, options);
    },
  },
};

/** All allocators, in the order in which they are compared. */
export const allocators: readonly Allocator[] = ALLOCATOR_NAMES.map((name) => ALLOCATORS[name]);

/** The allocator of a name. @throws OPQ0305 */
export function findAllocator(name: string): Allocator {
  const found = allocators.find((allocator) => allocator.name === name);
  if (found === undefined) throw coreErrors.unknownAllocator(name, ALLOCATOR_NAMES);
  return found;
}
