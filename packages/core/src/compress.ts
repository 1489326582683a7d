import { coreErrors } from '@opq/errors';
import { assertModel, deepFreeze, type Model, type TensorId } from '@opq/ir';
import { accountLayer, levelsOf, type LayerAccount } from './accounting';
import { allocatePruning, findAllocator, type LayerStatistics } from './allocator';
import { compressedBefore } from './before';
import { resolveRatio, solveBudget, type Budget, type Compressed, type ResolvedBudget } from './budget';
import { chooseGains, withoutGains, type GainMode } from './gains';
import { lowBitSteps } from './low-bits';
import { maskSmallest } from './select';
import { CLOSED_FORM_BITS, closedFormSteps, quantiseLayer, type LayerStep } from './steps';
import type { PrunedLayer } from './survivors';
import { channelOf, layerWeights, type LayerWeights } from './weights';

export interface CompressOptions {
  readonly allocator?: string;
  /** Exponents of ω = N^(−a)·σ^(−2b); ½ and 1 unless given. */
  readonly a?: number;
  readonly b?: number;
  readonly budget: Budget;
  readonly gain?: GainMode | 'auto';
  /** Names of layers that are not pruned and keep 8 bits. */
  readonly skip?: readonly string[];
  /** No layer loses a larger share; 0.99 unless given. */
  readonly maximumSparsity?: number;
}

/** One compressed weight tensor. Level k of channel j stands for k · scales[j]. */
export interface CompressedWeights {
  readonly tensor: TensorId;
  readonly layer: string;
  /** k of every weight, in the tensor's own order. */
  readonly levels: Int8Array;
  /** Distinct levels, ascending; 0 is among them. */
  readonly codebook: readonly number[];
  /** 1 where a weight survived pruning (its level may still be 0 at three bits and more). */
  readonly mask: Uint8Array;
  readonly step: number;
  readonly gain: GainMode;
  /** Magnitudes a survivor may take: at least `smallestLevel` (0: it may round to zero), at most its output channel's largest. */
  readonly smallestLevel: number;
  readonly largestLevels: readonly number[];
  /** gⱼ·Δ as float32: one per output channel, or a single one for gain none. */
  readonly scales: readonly number[];
  readonly pruned: number;
  readonly threshold: number;
  /** Average bits of a survivor. */
  readonly bits: number;
  readonly account: LayerAccount;
}

export interface WeightCompression {
  readonly allocator: string;
  readonly budget: Budget;
  readonly resolved: ResolvedBudget;
  readonly weights: readonly CompressedWeights[];
  /** The float model with the compressed weights in place. */
  readonly model: Model;
  readonly totals: {
    readonly weights: number;
    readonly pruned: number;
    /** Bytes of the float32 weights. */
    readonly before: number;
    /** Bytes in published accounting: payload bits of the survivors. */
    readonly paper: number;
    /** Bytes with the cheapest encoding of each layer, codebooks included. */
    readonly stored: number;
  };
}

/**
 * OPQ in one shot, from the weights alone: gains, sparsity per layer, masks, one step per layer, levels.
 * @param model float32
 * @throws OPQ0301…OPQ0305
 */
export function compressWeights(model: Model, options: CompressOptions): WeightCompression {
  const allocator = findAllocator(options.allocator ?? 'opq');
  const settings = {
    a: options.a ?? 0.5,
    b: options.b ?? 1,
    maximumSparsity: options.maximumSparsity ?? 0.99,
  };
  const layers = layerWeights(model);
  if (layers.length === 0) throw coreErrors.noWeights(model.name);

  const gains = layers.map((layer) => chooseGains(layer, options.gain ?? 'auto'));
  const statistics = layers.map((layer, i) =>
    statisticsOf(layer, withoutGains(layer, gains[i] ?? chooseGains(layer, 'none')), options.skip),
  );
  const compressAt = (resolved: ResolvedBudget): Compressed => {
    const counts = allocatePruning(allocator, statistics, resolved.sparsity, settings);
    const omega = allocator.weights(statistics, settings);
    const pruned = layers.map((weights, i): PrunedLayer => {
      const { values = weights.values, skip = false } = statistics[i] ?? {};
      return { weights, values, ...maskSmallest(values, counts[i] ?? 0), omega: omega[i] ?? 1, skip };
    });
    const steps =
      resolved.bits < CLOSED_FORM_BITS
        ? lowBitSteps(pruned, resolved.bits)
        : closedFormSteps(pruned, resolved.bits);
    const weights = pruned.map((layer, i) =>
      compressLayer(
        layer,
        steps[i] ?? { step: 1, smallestLevel: 0, largestLevels: [], bits: [] },
        gains[i]?.mode ?? 'none',
        gains[i]?.values ?? new Float64Array(),
      ),
    );
    return { resolved, weights };
  };
  const { resolved, weights } =
    compressedBefore(layers, options) ??
    solveBudget(options.budget, compressAt, (ratio) => resolveRatio(ratio, allocator, statistics, settings));
  return {
    allocator: allocator.name,
    budget: options.budget,
    resolved,
    weights,
    model: withWeights(model, weights, layers),
    totals: totalsOf(weights),
  };
}

/** Sums over all layers. */
export function totalsOf(weights: readonly CompressedWeights[]): WeightCompression['totals'] {
  const sum = (of: (w: CompressedWeights) => number): number => weights.reduce((n, w) => n + of(w), 0);
  return {
    weights: sum((w) => w.levels.length),
    pruned: sum((w) => w.pruned),
    before: 4 * sum((w) => w.levels.length),
    paper: Math.ceil(sum((w) => w.account.paper) / 8),
    stored: Math.ceil(sum((w) => w.account.stored) / 8),
  };
}

function statisticsOf(
  layer: LayerWeights,
  values: Float32Array,
  skip: readonly string[] = [],
): LayerStatistics {
  let sum = 0;
  for (const v of values) sum += Math.abs(v);
  return {
    name: layer.name,
    values,
    tau: values.length === 0 ? 0 : sum / values.length,
    skip: skip.includes(layer.name),
  };
}

function compressLayer(
  layer: PrunedLayer,
  step: LayerStep,
  gain: GainMode,
  gains: Float64Array,
): CompressedWeights {
  const levels = quantiseLayer(layer, step);
  const { weights, mask } = layer;
  const perChannel = new Array<number>(weights.channels).fill(0);
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) (perChannel[channelOf(weights, i)] as number)++;
  const survivors = perChannel.reduce((n, c) => n + c, 0);
  const paper = perChannel.reduce((n, count, channel) => n + count * (step.bits[channel] ?? 0), 0);
  return {
    tensor: weights.tensor,
    layer: weights.name,
    levels,
    codebook: levelsOf(levels),
    mask,
    step: step.step,
    gain,
    smallestLevel: step.smallestLevel,
    largestLevels: step.largestLevels,
    scales:
      gain === 'channel' ? Array.from(gains, (g) => Math.fround(g * step.step)) : [Math.fround(step.step)],
    pruned: mask.length - survivors,
    threshold: layer.threshold,
    bits: survivors === 0 ? 0 : paper / survivors,
    account: accountLayer(levels, paper),
  };
}

/** The real weights that levels stand for: k · scale, in float32. */
export function realWeights(
  weights: CompressedWeights,
  layer: Pick<LayerWeights, 'stride' | 'fanIn'>,
): Float32Array {
  const { levels, scales } = weights;
  return Float32Array.from(
    levels,
    (k, i) => k * (scales.length === 1 ? (scales[0] ?? 0) : (scales[channelOf(layer, i)] ?? 0)),
  );
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
