import type { TensorId } from '@opq/ir';
import { histogramOf } from '@opq/encodings';
import { accountLayer, type LayerAccount } from './accounting';
import type { Gains, GainMode } from './gains';
import { quantiseLayer, type LayerStep } from './steps';
import type { PrunedLayer } from './survivors';
import { weightIndex, type LayerWeights } from './weights';

/** One compressed weight tensor. Level k of channel j stands for k · scales[j]. */
export interface CompressedWeights {
  /** The constant of the float model that these weights replace. */
  readonly tensor: TensorId;
  /** Name of the first layer that reads it: untrusted text. */
  readonly layer: string;
  /** k of every weight, in the tensor's own order. */
  readonly levels: Int8Array;
  /** Distinct levels, ascending; 0 is among them. */
  readonly codebook: readonly number[];
  /** 1 where a weight survived pruning (its level may still be 0 where `smallestLevel` is 0). */
  readonly mask: Uint8Array;
  /** Δ > 0: distance of neighbouring levels in the weights after the gains. */
  readonly step: number;
  /** A survivor's level is at least this in magnitude; 0: it may round to zero. */
  readonly smallestLevel: number;
  /** Per output channel: largest magnitude of a level. */
  readonly largestLevels: readonly number[];
  /** Whether each output channel has a scale of its own. */
  readonly gain: GainMode;
  /** gⱼ·Δ as float32: one per output channel, or a single one for gain none. */
  readonly scales: readonly number[];
  /** Number of weights that did not survive. */
  readonly pruned: number;
  /** Magnitude at and below which weights were pruned, after the gains; 0 where none were. */
  readonly threshold: number;
  /** Average bits of a survivor. */
  readonly bits: number;
  /** ω: how much a squared error of this layer counted. */
  readonly omega: number;
  /** Σ (w − ŵ)² / Σ w² of the real weights; 0 for a layer of zeros. */
  readonly error: number;
  /** What the weights cost, in every accounting. */
  readonly account: LayerAccount;
}

/** Scales are float32 and positive, however small the weights are. */
const SMALLEST_SCALE = 2 ** -149;
const scaleOf = (real: number): number => Math.max(SMALLEST_SCALE, Math.fround(real));

/** @param exact count stored bytes exactly (see accountLayer) */
export function compressLayer(
  layer: PrunedLayer,
  step: LayerStep,
  gains: Gains,
  exact: boolean,
): CompressedWeights {
  const levels = quantiseLayer(layer, step);
  const { weights, mask } = layer;
  let survivors = 0;
  let paper = 0;
  for (let channel = 0; channel < weights.channels; channel++) {
    let own = 0;
    for (let k = 0; k < weights.fanIn; k++) own += mask[weightIndex(weights, channel, k)] as number;
    survivors += own;
    paper += own * (step.bits[channel] ?? 0);
  }
  const scales =
    gains.mode === 'channel' ? Array.from(gains.values, (g) => scaleOf(g * step.step)) : [scaleOf(step.step)];
  return {
    tensor: weights.tensor,
    layer: weights.name,
    levels,
    codebook: histogramOf(levels).levels,
    mask,
    step: step.step,
    smallestLevel: step.smallestLevel,
    largestLevels: step.largestLevels,
    gain: gains.mode,
    scales,
    pruned: mask.length - survivors,
    threshold: layer.threshold,
    bits: survivors === 0 ? 0 : paper / survivors,
    omega: layer.omega,
    error: relativeError(weights, levels, scales),
    account: accountLayer(weights, levels, paper, exact),
  };
}

/** Σ (w − k·scale)² / Σ w². */
function relativeError(weights: LayerWeights, levels: Int8Array, scales: readonly number[]): number {
  let [lost, all] = [0, 0];
  for (let channel = 0; channel < weights.channels; channel++) {
    const scale = scales[scales.length === 1 ? 0 : channel] ?? 0;
    for (let k = 0; k < weights.fanIn; k++) {
      const i = weightIndex(weights, channel, k);
      const w = weights.values[i] as number;
      all += w * w;
      lost += (w - (levels[i] as number) * scale) ** 2;
    }
  }
  return all === 0 ? 0 : lost / all;
}

/** The real weights that levels stand for: k · scale, in float32. */
export function realWeights(
  { levels, scales }: Pick<CompressedWeights, 'levels' | 'scales'>,
  layer: Pick<LayerWeights, 'stride' | 'fanIn' | 'channels'>,
): Float32Array {
  const real = new Float32Array(levels.length);
  for (let channel = 0; channel < layer.channels; channel++) {
    const scale = scales[scales.length === 1 ? 0 : channel] ?? 0;
    for (let k = 0; k < layer.fanIn; k++) {
      const i = weightIndex(layer, channel, k);
      real[i] = (levels[i] as number) * scale;
    }
  }
  return real;
}
