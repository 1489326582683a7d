import { coreErrors } from '@opq/errors';
import { assertModel, deepFreeze, type Model, type TensorId } from '@opq/ir';
import type { Accounting } from './accounting';
import { allocatePruning } from './allocate';
import {
  allocators,
  findAllocator,
  type Allocator,
  type AllocatorOptions,
  type LayerStatistics,
  type Solver,
} from './allocators';
import { compressedBefore } from './before';
import { meetLimit, sizeLimit, sizeOf, type Budget, type Compressed, type Resolved } from './budget';
import { compressLayer, realWeights, type CompressedWeights } from './compressed-weights';
import { chooseGains, withoutGains, type GainMode, type Gains } from './gains';
import { lowBitSteps } from './low-bits';
import { policiesFor, type LayerPolicy, type PolicyOptions } from './policy';
import { createResolver } from './resolve';
import { multiplicationsOf } from './multiplications';
import { maskSmallest } from './select';
import { CLOSED_FORM_BITS, closedFormSteps, commonSteps, finestStep, type LayerStep } from './steps';
import type { PrunedLayer } from './survivors';
import { layerWeights, type LayerWeights } from './weights';

/** What a compression may cost, and how that is spread over layers (docs/method.md). */
export interface CompressOptions extends PolicyOptions {
  /** `opq` unless given. */
  readonly allocator?: string | undefined;
  /** Exponents of ω = N^(−a)·σ^(−2b); ¾ and 1 unless given. */
  readonly a?: number | undefined;
  /** Exponent of σ², see `a`. */
  readonly b?: number | undefined;
  /** How the allocator's equation is solved; `laplace` unless given. */
  readonly solver?: Solver | undefined;
  /** What the weights, or the model, may take. */
  readonly budget: Budget;
  /** Whether output channels have gains of their own; `auto`, where their norms spread by more than 2x, unless given. */
  readonly gain?: GainMode | 'auto' | undefined;
  /**
   * By weight tensor, what a squared error of a weight costs the network's outputs, for each output channel; > 0. Gains follow it, and `a` and `b` are 0
   * unless given: importance says what ω would guess. Tensors that are not named have the gains they have without it.
   */
  readonly importance?: ReadonlyMap<TensorId, Float64Array> | undefined;
  /** Multiplications that may be left in one inference, pruned ones not counted; only with an allocator that weighs them. */
  readonly macs?: number | undefined;
  /** For a flash budget: bytes of the model in flash that are not weights or their tables. */
  readonly fixedBytes?: number | undefined;
  /** Part of the size a budget allows that is left free for repairs that follow; below 0 where they will need less. */
  readonly reserve?: number | undefined;
}

/** Compressed weights of a whole model, with what they cost in every accounting. */
export interface WeightCompression {
  /** Name of the allocator that shared the budget out. */
  readonly allocator: string;
  /** What was asked for. */
  readonly budget: Budget;
  /** Sparsity and average bits of a survivor that came of it. */
  readonly resolved: { readonly sparsity: number; readonly bits: number };
  /** One for each weight tensor, in the order of the layers. */
  readonly weights: readonly CompressedWeights[];
  /** The float model with the compressed weights in place. */
  readonly model: Model;
  /** Sums over all weight tensors. */
  readonly totals: {
    readonly weights: number;
    readonly pruned: number;
    /** Bytes of the float32 weights. */
    readonly before: number;
    /** Bytes of the compressed weights in every accounting; `flash` is exact. */
    readonly bytes: Readonly<Record<Accounting, number>>;
    /** Multiplications of one inference, of all weights and of those that survive. */
    readonly macs: { readonly before: number; readonly left: number };
    /** Σ ωᵢ‖Wᵢ − Ŵᵢ‖²: what the allocator kept small, on the weights after the gains. */
    readonly weightedError: number;
  };
}

/** A float model seen as OPQ sees it: weights, gains, statistics and policy of each layer. */
export interface Prepared {
  /** One for each weight tensor, in the order of the layers, as are the other lists. */
  readonly layers: readonly LayerWeights[];
  /** What each output channel is divided by before steps and thresholds are chosen. */
  readonly gains: readonly Gains[];
  /** Shape of the distribution of each layer's weights, after the gains. */
  readonly statistics: readonly LayerStatistics[];
  /** Whether each layer is left as it is, sparsity and bits where a user has fixed them, and how sparse it may become. */
  readonly policies: readonly LayerPolicy[];
  /** What allocators are asked with. */
  readonly options: AllocatorOptions;
}

/**
 * Weights, gains, statistics and policies of a model's layers: what allocators and budgets decide from.
 * @param model float32
 * @throws OPQ0301, OPQ0302, OPQ0303, OPQ0310
 */
export function prepare(model: Model, options: CompressOptions): Prepared {
  const layers = layerWeights(model);
  if (layers.length === 0) throw coreErrors.noWeights(model.name);
  const policies = policiesFor(layers, options);
  const { importance } = options;
  const gains = layers.map((layer) => chooseGains(layer, options.gain ?? 'auto', importance?.get(layer.tensor)));
  const statistics = layers.map((layer, i) => statisticsOf(layer, gains[i] as Gains, policies[i] as LayerPolicy));
  const { a = importance ? 0 : 0.75, b = importance ? 0 : 1, solver = 'laplace', macs } = options;
  return { layers, gains, statistics, policies, options: { a, b, solver, macs } };
} // prettier-ignore

/**
 * OPQ in one shot, from the weights alone: gains, sparsity per layer, masks, one step per layer, levels.
 * @param model float32
 * @throws OPQ0301…OPQ0305, OPQ0310…OPQ0314
 */
export function compressWeights(model: Model, options: CompressOptions): WeightCompression {
  const allocator = findAllocator(options.allocator ?? 'opq');
  checkMultiplications(allocator, options.macs);
  const prepared = prepare(model, options);
  const { layers, statistics, policies } = prepared;
  const total = layers.reduce((n, l) => n + l.values.length, 0);
  const allowed = sizeLimit(options.budget, total, options.fixedBytes ?? 0);
  const limit = allowed && { ...allowed, bytes: allowed.bytes * (1 - (options.reserve ?? 0)) };
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
  const { weights } = compressedBefore(layers, policies, options, limit) ?? solve();
  return assembled(model, prepared, weights, { allocator: allocator.name, budget: options.budget });
}

/** What compressed weights of all layers come to. */
export function assembled(
  model: Model,
  { layers, statistics }: Prepared,
  weights: readonly CompressedWeights[],
  { allocator, budget }: Pick<WeightCompression, 'allocator' | 'budget'>,
): WeightCompression {
  const totals = { ...totalsOf(weights), macs: multiplicationsOf(layers, weights) };
  const survivors = totals.weights - totals.pruned;
  const paperBits = weights.reduce((n, w) => n + w.account.paper, 0);
  return {
    allocator,
    budget,
    resolved: {
      sparsity: totals.pruned / totals.weights,
      bits: survivors === 0 ? 0 : paperBits / survivors,
    },
    weights,
    model: withWeights(model, weights, layers),
    totals: {
      ...totals,
      weightedError: weights.reduce((n, w, i) => n + w.omega * w.error * (statistics[i]?.energy ?? 0), 0),
    },
  };
}

/** @throws OPQ0303, OPQ0314 */
function checkMultiplications(allocator: Allocator, macs: number | undefined): void {
  if (macs === undefined) return;
  if (!(macs >= 1 && macs <= Number.MAX_SAFE_INTEGER))
    throw coreErrors.budgetOutOfRange('number of multiplications', macs, 'at least 1');
  const able = allocators.filter(({ priced }) => priced).map(({ name }) => name);
  if (!allocator.priced) throw coreErrors.macsNotWeighed(allocator.name, able);
}

/** Steps of all layers: those that share the budget together, those of fixed bits and those left alone each by itself. */
export function stepsFor(layers: readonly PrunedLayer[], resolved: Resolved): readonly LayerStep[] {
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
    uses: layer.uses,
  };
}

/**
 * How much of the size that its budget allows a compression takes: above 1 it does not keep to the budget. 0 for a budget
 * that is outright. @param fixedBytes as in CompressOptions
 */
export function budgetUse({ budget, totals }: WeightCompression, fixedBytes = 0): number {
  const limit = sizeLimit(budget, totals.weights, fixedBytes);
  return limit === undefined ? 0 : totals.bytes[limit.accounting] / limit.bytes;
}

/** Sums over all layers; `flash` is exact where every account is. */
export function totalsOf(
  weights: readonly CompressedWeights[],
): Omit<WeightCompression['totals'], 'weightedError' | 'macs'> {
  const sum = (of: (w: CompressedWeights) => number): number => weights.reduce((n, w) => n + of(w), 0);
  const bytes = (accounting: Accounting): number => Math.ceil(sizeOf(weights, accounting));
  return {
    weights: sum((w) => w.levels.length),
    pruned: sum((w) => w.pruned),
    before: 4 * sum((w) => w.levels.length),
    bytes: {
      paper: bytes('paper'),
      bitmap: bytes('bitmap'),
      entropy: bytes('entropy'),
      flash: bytes('flash'),
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
