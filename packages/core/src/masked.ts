import type { Model, TensorId } from '@opq/ir';
import { findAllocator } from './allocators';
import { sizeLimit, sizeOf, type Resolved, type SizeLimit } from './budget';
import {
  assembled,
  prepare,
  stepsFor,
  type CompressOptions,
  type Prepared,
  type WeightCompression,
} from './compress';
import { compressLayer, type CompressedWeights } from './compressed-weights';
import { withoutGains, type Gains } from './gains';
import type { LayerStep } from './steps';
import type { PrunedLayer } from './survivors';
import { layerWeights } from './weights';

/** Steps tried: every halving brings the size a budget allows twice as close. */
const HALVINGS = 20;
/** log₂ of the steps tried, on both sides of a typical weight. */
const OCTAVES = 24;
/** A limit may be missed from below by this much. */
const SLACK = 0.995;

/** Masks chosen for a model's layers, and the weights that are left. */
export interface ChosenMasks {
  /** Of the same layers and tensor ids; float32. */
  readonly model: Model;
  /** By weight tensor, 1 where a weight survives. Tensors that are not named keep all. */
  readonly masks: ReadonlyMap<TensorId, Uint8Array>;
}

/**
 * As `compressWeights`, for masks that are chosen already: one step per layer that keeps to the budget, and levels. Gains and ω are those of the original.
 * @param original float32
 * @throws OPQ0301…OPQ0303
 */
export function compressMasked(
  original: Model,
  { model, masks }: ChosenMasks,
  options: CompressOptions,
): WeightCompression {
  const allocator = findAllocator(options.allocator ?? 'opq');
  const prepared = prepare(original, options);
  const { layers, statistics, policies, gains } = prepared;
  const omega = allocator.weights(statistics, prepared.options);
  const left = new Map(layerWeights(model).map((weights) => [weights.tensor, weights]));
  const pruned = layers.map((weights, i): PrunedLayer & { readonly gains: Gains } => {
    const [own, policy] = [gains[i], policies[i]];
    if (own === undefined || policy === undefined) throw new RangeError(`layer ${i} is not prepared`);
    const values = withoutGains(left.get(weights.tensor) ?? weights, own);
    const mask = masks.get(weights.tensor) ?? new Uint8Array(values.length).fill(1);
    return { weights, values, mask, threshold: 0, omega: omega[i] ?? 1, policy, gains: own };
  });
  const at = (resolved: Resolved): readonly CompressedWeights[] => {
    const steps = stepsFor(pruned, resolved);
    return pruned.map((layer, i) => compressLayer(layer, steps[i] as LayerStep, layer.gains, true));
  };
  const total = layers.reduce((n, l) => n + l.values.length, 0);
  const allowed = sizeLimit(options.budget, total, options.fixedBytes ?? 0);
  const weights =
    allowed === undefined
      ? at(options.budget as Resolved)
      : largestWithin({ ...allowed, bytes: allowed.bytes * (1 - (options.reserve ?? 0)) }, at, prepared);
  return assembled(model, prepared, weights, { allocator: allocator.name, budget: options.budget });
}

/** The finest steps whose bytes keep to a limit; the coarsest tried where none do. */
function largestWithin(
  limit: SizeLimit,
  at: (resolved: Resolved) => readonly CompressedWeights[],
  { statistics }: Prepared,
): readonly CompressedWeights[] {
  const scales = statistics.flatMap(({ tau }) => (tau > 0 ? [Math.log2(tau)] : []));
  const middle = scales.reduce((sum, log) => sum + log, 0) / Math.max(1, scales.length);
  const tried = (log: number): readonly CompressedWeights[] => at({ sparsity: 0, commonStep: 2 ** log });
  let [fine, coarse] = [middle - OCTAVES, middle + OCTAVES];
  let best = tried(coarse);
  for (let step = 0; step < HALVINGS; step++) {
    const log = (fine + coarse) / 2;
    const weights = tried(log);
    const bytes = sizeOf(weights, limit.accounting);
    if (bytes > limit.bytes) fine = log;
    else {
      [coarse, best] = [log, weights];
      if (bytes >= SLACK * limit.bytes) break;
    }
  }
  return best;
}
