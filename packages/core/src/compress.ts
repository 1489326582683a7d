import { coreErrors } from '@opq/errors';
import { assertModel, deepFreeze, type Model } from '@opq/ir';
import { ACCOUNTINGS, accountLayer, type Accounting } from './accounting';
import { allocatePruning } from './allocate';
import { findAllocator, type AllocatorOptions, type LayerStatistics, type Solver } from './allocators';
import { compressedBefore } from './before';
import { meetLimit, sizeLimit, sizeOf, type Budget, type Compressed, type Resolved } from './budget';
import { compressLayer, realWeights, type CompressedWeights } from './compressed-weights';
import { chooseGains, withoutGains, type GainMode, type Gains } from './gains';
import { lowBitSteps } from './low-bits';
import { policiesFor, type LayerPolicy, type PolicyOptions } from './policy';
import { createResolver } from './resolve';
import { maskSmallest } from './select';
import { CLOSED_FORM_BITS, closedFormSteps, commonSteps, finestStep, type LayerStep } from './steps';
import type { PrunedLayer } from './survivors';
import { layerWeights, type LayerWeights } from './weights';

export interface CompressOptions extends PolicyOptions {
  /** `opq` unless given. */
  readonly allocator?: string | undefined;
  /** Exponents of ω = N^(−a)·σ^(−2b); ½ and 1 unless given. */
  readonly a?: number | undefined;
  readonly b?: number | undefined;
  /** How the allocator's equation is solved; `laplace` unless given. */
  readonly solver?: Solver | undefined;
  readonly budget: Budget;
  readonly gain?: GainMode | 'auto' | undefined;
  /** For a flash budget: bytes of the model in flash that are not weights or their tables. */
  readonly fixedBytes?: number | undefined;
}

export interface WeightCompression {
  readonly allocator: string;
  readonly budget: Budget;
  /** Sparsity and average bits of a survivor that came of it. */
  readonly resolved: { readonly sparsity: number; readonly bits: number };
  readonly weights: readonly CompressedWeights[];
  /** The float model with the compressed weights in place. */
  readonly model: Model;
  readonly totals: {
    readonly weights: number;
    readonly pruned: number;
    /** Bytes of the float32 weights. */
    readonly before: number;
    /** Bytes of the compressed weights in every accounting; `flash` is exact. */
    readonly bytes: Readonly<Record<Accounting, number>>;
    /** Σ ωᵢ‖Wᵢ − Ŵᵢ‖²: what the allocator kept small, on the weights after the gains. */
    readonly weightedError: number;
  };
}

/** A float model seen as OPQ sees it: weights, gains, statistics and policy of each layer. */
export interface Prepared {
  readonly layers: readonly LayerWeights[];
  readonly gains: readonly Gains[];
  readonly statistics: readonly LayerStatistics[];
  readonly policies: readonly LayerPolicy[];
  readonly options: AllocatorOptions;
}

/** @throws OPQ0301, OPQ0302, OPQ0303, OPQ0310 */
export function prepare(model: Model, options: CompressOptions): Prepared {
  const layers = layerWeights(model);
  if (layers.length === 0) throw coreErrors.noWeights(model.name);
  const policies = policiesFor(layers, options);
  const gains = layers.map((layer) => chooseGains(layer, options.gain ?? 'auto'));
  const statistics = layers.map((layer, i) => statisticsOf(layer, gains[i] as Gains, policies[i] as LayerPolicy));
  const { a = 0.5, b = 1, solver = 'laplace' } = options;
  return { layers, gains, statistics, policies, options: { a, b, solver } };
} // prettier-ignore

/**
 * OPQ in one shot, from the weights alone: gains, sparsity per layer, masks, one step per layer, levels.
 * @param model float32
 * @throws OPQ0301…OPQ0305, OPQ0310, OPQ0311, OPQ0312
 */
export function compressWeights(model: Model, options: CompressOptions): WeightCompression {
  const allocator = findAllocator(options.allocator ?? 'opq');
  const prepared = prepare(model, options);
  const { layers, statistics, policies } = prepared;
  const total = layers.reduce((n, l) => n + l.values.length, 0);
  const limit = sizeLimit(options.budget, total, options.fixedBytes ?? 0);
  const omega = allocator.weights(statistics, prepared.options);

  const compressAt = (resolved: Resolved): Compressed => {
    const counts = allocatePruning(allocator, statistics, policies, resolved.sparsity, prepared.options);
    const pruned = layers.map((weights, i): PrunedLayer => {
      const { values } = statistics[i] as LayerStatistics;
      const mask = maskSmallest(values, counts[i] ?? 0);
      return { weights, values, ...mask, omega: omega[i] ?? 1, policy: policies[i] as LayerPolicy };
    });
    const steps = stepsFor(pruned, resolved);
    const weights = pruned.map((layer, i) =>
      compressLayer(layer, steps[i] as LayerStep, prepared.gains[i] as Gains, true),
    );
    return { resolved, weights };
  };
  const rated = statistics.map((own, i) => ({
    statistics: own,
    omega: omega[i] ?? 1,
    policy: policies[i] as LayerPolicy,
  }));
  const solve = (): Compressed =>
    limit === undefined
      ? compressAt(options.budget as Resolved)
      : meetLimit(limit, compressAt, createResolver(rated, allocator, prepared.options, limit.accounting));
  const { weights } = compressedBefore(layers, policies, options.budget, limit) ?? solve();
  return summarise(model, layers, weights, allocator.name, options.budget, statistics);
}

/** Steps of all layers: those that share the budget together, those of fixed bits and those left alone each by itself. */
function stepsFor(layers: readonly PrunedLayer[], resolved: Resolved): readonly LayerStep[] {
  const withBits = (group: readonly PrunedLayer[], bits: number): readonly LayerStep[] =>
    bits < CLOSED_FORM_BITS ? lowBitSteps(group, bits) : closedFormSteps(group, bits);
  const free = layers.filter(({ policy }) => !policy.skip && policy.bits === undefined);
  const shared = 'bits' in resolved ? withBits(free, resolved.bits) : commonSteps(free, resolved.commonStep);
  return layers.map((layer): LayerStep => {
    if (layer.policy.skip) return finestStep(layer);
    const { bits } = layer.policy;
    return (bits === undefined ? shared[free.indexOf(layer)] : withBits([layer], bits)[0]) as LayerStep;
  });
}

function statisticsOf(layer: LayerWeights, gains: Gains, policy: LayerPolicy): LayerStatistics {
  const values = withoutGains(layer, gains);
  let [sum, energy] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i] as number);
    sum += v;
    energy += v * v;
  }
  const power = gains.values.reduce((n, g) => n + g * g, 0) / Math.max(1, gains.values.length);
  return {
    name: layer.name,
    values,
    tau: values.length === 0 ? 0 : sum / values.length,
    energy,
    gainPower: power,
    limit: policy.maximumSparsity,
  };
}

/** Totals and the model of compressed weights. */
export function summarise(
  model: Model,
  layers: readonly LayerWeights[],
  weights: readonly CompressedWeights[],
  allocator: string,
  budget: Budget,
  statistics: readonly Pick<LayerStatistics, 'energy'>[],
): WeightCompression {
  const sum = (of: (w: CompressedWeights, i: number) => number): number =>
    weights.reduce((n, w, i) => n + of(w, i), 0);
  const count = sum((w) => w.levels.length);
  const pruned = sum((w) => w.pruned);
  const paper = sum((w) => w.account.paper);
  return {
    allocator,
    budget,
    resolved: { sparsity: pruned / count, bits: count === pruned ? 0 : paper / (count - pruned) },
    weights,
    model: withWeights(model, weights, layers),
    totals: {
      weights: count,
      pruned,
      before: 4 * count,
      bytes: Object.fromEntries(
        ACCOUNTINGS.map((accounting) => [accounting, Math.ceil(sizeOf(weights, accounting))]),
      ) as Record<Accounting, number>,
      weightedError: sum((w, i) => w.omega * w.error * (statistics[i]?.energy ?? 0)),
    },
  };
}

function withWeights(
  model: Model,
  weights: readonly CompressedWeights[],
  layers: readonly LayerWeights[],
): Model {
  const tensors = [...model.tensors];
  weights.forEach((w, i) => {
    const tensor = tensors[w.tensor];
    const layer = layers[i];
    if (tensor !== undefined && layer !== undefined)
      tensors[w.tensor] = { ...tensor, data: realWeights(w, layer) };
  });
  return assertModel(deepFreeze({ ...model, tensors }));
}
