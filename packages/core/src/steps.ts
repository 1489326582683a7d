import { channelSurvivors, type ChannelSurvivors, type PrunedLayer } from './survivors';
import { weightIndex } from './weights';

/** Levels are int8: no magnitude above this. */
export const LARGEST_LEVEL = 127;

/** From this many bits on the closed form gives the steps. */
export const CLOSED_FORM_BITS = 3;

/** The step of a layer, and the smallest and largest level magnitude a survivor may take. */
export interface LayerStep {
  readonly step: number;
  /** 0: a survivor may round to zero (closed form). ≥ 1: it never does (low bits). */
  readonly smallestLevel: number;
  /** Per output channel. */
  readonly largestLevels: readonly number[];
  /** Part of a step by which the thresholds between levels lie above the midpoints, 0…½. */
  readonly thresholdShift: number;
  /** Bits of a survivor per output channel, as the budget counts them. */
  readonly bits: readonly number[];
}

/**
 * log₂Δ₀ with Σ n·max(0, log₂(R√ω) − log₂Δ₀) = bits · Σ n. A channel whose whole range is below its step takes no bits and leaves
 * the sum, which makes the others' step coarser; that is repeated until none leaves.
 * @param channels survivors and log₂(R√ω) of every channel
 */
function commonStep(
  channels: readonly { readonly count: number; readonly log: number }[],
  bits: number,
): number {
  const survivors = channels.reduce((n, c) => n + c.count, 0);
  let coding = channels.filter(({ count, log }) => count > 0 && log > -Infinity);
  for (;;) {
    const count = coding.reduce((n, c) => n + c.count, 0);
    if (count === 0) return 0;
    const logStep = (coding.reduce((sum, c) => sum + c.count * c.log, 0) - bits * survivors) / count;
    const left = coding.filter(({ log }) => log > logStep);
    if (left.length === coding.length) return logStep;
    coding = left;
  }
}

/** One layer with a given step; levels are int8, so no step is finer than the largest weight / 127. */
function layerStep(
  channels: readonly ChannelSurvivors[],
  wanted: number,
  smallestLevel: number,
  thresholdShift: (step: number) => number,
): LayerStep {
  const largest = channels.reduce((m, c) => Math.max(m, c.largest), 0);
  // A layer of zeros has any step.
  const step = largest === 0 ? 1 : Math.max(largest / LARGEST_LEVEL, wanted);
  return {
    step,
    smallestLevel,
    largestLevels: channels.map((c) =>
      Math.min(LARGEST_LEVEL, Math.max(1, smallestLevel, Math.round(c.largest / step))),
    ),
    thresholdShift: thresholdShift(step),
    bits: channels.map((c) => (c.count === 0 || c.range === 0 ? 0 : Math.max(0, Math.log2(c.range / step)))),
  };
}

/**
 * The closed form: Δᵢ = Δ₀/√ωᵢ with log₂Δ₀ = [Σ nᵢⱼ(log₂Rᵢⱼ + ½log₂ωᵢ) − B] / Σ nᵢⱼ, B = bits · Σ nᵢⱼ. One step per layer is the
 * optimum for all its channels; a channel's bits are log₂(Rᵢⱼ/Δᵢ). Valid from about three bits on.
 * @param bits average per survivor
 */
export function closedFormSteps(layers: readonly PrunedLayer[], bits: number): readonly LayerStep[] {
  const channels = layers.map(channelSurvivors);
  const logStep = commonStep(
    layers.flatMap((layer, i) =>
      (channels[i] ?? []).map(({ count, range }) => ({
        count,
        log: range === 0 ? -Infinity : Math.log2(range) + Math.log2(layer.omega) / 2,
      })),
    ),
    bits,
  );
  return layers.map((layer, i) =>
    layerStep(channels[i] ?? [], 2 ** logStep / Math.sqrt(layer.omega), 0, midpoints),
  );
}

/** The finest steps that int8 allows, for layers that are left alone. */
export const finestStep = (layer: PrunedLayer): LayerStep =>
  layerStep(channelSurvivors(layer), 0, 0, midpoints);

const midpoints = (): number => 0;
/** Beyond this, few survivors would be left above the smallest level. */
const LARGEST_SHIFT = 0.3;

/**
 * Survivors beyond β are exponential with mean excess τ, so a cell of width Δ has its centroid Δ²/12τ below its middle.
 * Thresholds that lie as much above the midpoints make every level kΔ the centroid of its cell: the layer's gain is kept,
 * and it is also where the slope of error over rate says they should be (docs/method.md, Budgets).
 */
function centroidShift({ values, mask, threshold }: PrunedLayer, step: number): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++)
    if (mask[i] === 1) {
      sum += Math.abs(values[i] as number);
      count++;
    }
  const excess = count === 0 ? 0 : sum / count - threshold;
  return excess > 0 ? Math.min(LARGEST_SHIFT, step / (12 * excess)) : 0;
}

/**
 * Δᵢ = Δ₀/√ωᵢ for a given Δ₀: what equal slopes of error over rate ask for when levels are coded by their frequency. No
 * survivor becomes zero and none is clipped.
 * @param commonStep Δ₀
 */
export const commonSteps = (layers: readonly PrunedLayer[], commonStep: number): readonly LayerStep[] =>
  layers.map((layer) =>
    layerStep(channelSurvivors(layer), commonStep / Math.sqrt(layer.omega), 1, (step) =>
      centroidShift(layer, step),
    ),
  );

/** Levels k of a layer: ⌊|v|/Δ + ½ − shift⌋ with v's sign, between the layer's smallest and the channel's largest magnitude. */
export function quantiseLayer(
  layer: PrunedLayer,
  { step, smallestLevel, largestLevels, thresholdShift }: LayerStep,
): Int8Array {
  const { weights, values, mask } = layer;
  const levels = new Int8Array(values.length);
  for (let channel = 0; channel < weights.channels; channel++) {
    const largest = largestLevels[channel] ?? LARGEST_LEVEL;
    for (let k = 0; k < weights.fanIn; k++) {
      const i = weightIndex(weights, channel, k);
      if (mask[i] === 0) continue;
      const v = values[i] as number;
      const rounded = Math.floor(Math.abs(v) / step + 0.5 - thresholdShift);
      const magnitude = Math.min(largest, Math.max(smallestLevel, rounded));
      levels[i] = v < 0 ? -magnitude : magnitude;
    }
  }
  return levels;
}
