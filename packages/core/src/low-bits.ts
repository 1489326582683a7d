import { weightIndex } from './weights';
import { finestStep, LARGEST_LEVEL, type LayerStep } from './steps';
import { channelSurvivors, type PrunedLayer } from './survivors';

/*
 * Below about three bits the closed form is not valid. Here a survivor is a sign and a magnitude that is never zero:
 * b bits give k ∈ [k₀, k₀ + 2^(b−1) − 1] with k₀ = max(1, round(β/Δ)); larger magnitudes are clipped.
 */

const MOST_BITS = 7;
/** Steps tried per layer, from coarse to fine, evenly in their logarithm. */
const GRID = 40;
/** Survivors of a layer that errors are summed over; of more, every n-th of each channel stands for n. */
const SAMPLED = 1 << 14;

interface Candidate {
  readonly step: number;
  readonly smallestLevel: number;
  /** Squared error of v in channel j with b bits: errors[j][b − 1]. */
  readonly errors: readonly Float64Array[];
}

interface LayerGrid {
  readonly candidates: readonly Candidate[];
  readonly counts: readonly number[];
  /** g²-free weight of an error in this layer. */
  readonly omega: number;
}

/** Survivors' magnitudes of one channel, and how many survivors each stands for. */
interface ChannelSample {
  readonly magnitudes: Float32Array;
  readonly each: number;
  readonly count: number;
}

function channelSamples(layer: PrunedLayer): readonly ChannelSample[] {
  const { weights, values, mask } = layer;
  const perChannel = Math.max(64, Math.floor(SAMPLED / weights.channels));
  return Array.from({ length: weights.channels }, (_, channel) => {
    let count = 0;
    for (let k = 0; k < weights.fanIn; k++) count += mask[weightIndex(weights, channel, k)] as number;
    const stride = Math.max(1, Math.floor(count / perChannel));
    const magnitudes = new Float32Array(Math.ceil(count / stride));
    let [seen, at] = [0, 0];
    for (let k = 0; k < weights.fanIn; k++) {
      const i = weightIndex(weights, channel, k);
      if (mask[i] === 1 && seen++ % stride === 0) magnitudes[at++] = Math.abs(values[i] as number);
    }
    return { magnitudes, each: count === 0 ? 0 : count / magnitudes.length, count };
  });
}

function candidateAt(
  step: number,
  threshold: number,
  samples: readonly ChannelSample[],
): Candidate | undefined {
  const smallestLevel = Math.max(1, Math.round(threshold / step));
  if (smallestLevel > LARGEST_LEVEL) return undefined;
  const limits = Array.from({ length: MOST_BITS }, (_, b) => largestOf(smallestLevel, b + 1));
  const errors = samples.map(({ magnitudes, each }) => {
    const sums = new Float64Array(MOST_BITS);
    for (let i = 0; i < magnitudes.length; i++) {
      const m = magnitudes[i] as number;
      const rounded = Math.round(m / step);
      const level = rounded < smallestLevel ? smallestLevel : rounded;
      for (let b = 0; b < MOST_BITS; b++) {
        const limit = limits[b] as number;
        const difference = m - (level < limit ? level : limit) * step;
        sums[b] = (sums[b] as number) + each * difference * difference;
      }
    }
    return sums;
  });
  return { step, smallestLevel, errors };
}

const largestOf = (smallest: number, bits: number): number =>
  Math.min(LARGEST_LEVEL, smallest + 2 ** (bits - 1) - 1);

function gridOf(layer: PrunedLayer): LayerGrid {
  const samples = channelSamples(layer);
  // The largest of all, not of the samples: steps and limits must hold for every survivor.
  const largest = channelSurvivors(layer).reduce((m, c) => Math.max(m, c.largest), 0);
  const counts = samples.map(({ count }) => count);
  if (largest === 0) return { candidates: [], counts, omega: layer.omega };
  const candidates = Array.from({ length: GRID }, (_, i) =>
    candidateAt(largest / 2 ** ((i * 6.5) / (GRID - 1)), layer.threshold, samples),
  );
  return { candidates: candidates.filter((c) => c !== undefined), counts, omega: layer.omega };
}

interface Choice {
  readonly candidate: Candidate;
  readonly bits: readonly number[];
  readonly spent: number;
}

/** Bits of one channel at a price for each of its bits. */
function cheapestBits(errors: Float64Array, omega: number, price: number): number {
  let chosen = 1;
  let lowest = Infinity;
  for (let b = 1; b <= MOST_BITS; b++) {
    const cost = omega * (errors[b - 1] as number) + price * b;
    if (cost < lowest) [lowest, chosen] = [cost, b];
  }
  return chosen;
}

/** The best step and bits per channel of one layer at price λ for a bit. */
function choose({ candidates, counts, omega }: LayerGrid, price: number): Choice | undefined {
  let best: Candidate | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    let cost = 0;
    // Candidates that already cost more are not looked at to their end.
    for (let channel = 0; channel < counts.length && cost < least; channel++) {
      const errors = candidate.errors[channel] as Float64Array;
      const perBit = price * (counts[channel] as number);
      let lowest = Infinity;
      for (let b = 0; b < MOST_BITS; b++) {
        const c = omega * (errors[b] as number) + perBit * (b + 1);
        if (c < lowest) lowest = c;
      }
      cost += lowest;
    }
    if (cost < least) [least, best] = [cost, candidate];
  }
  if (best === undefined) return undefined;
  const bits = best.errors.map((errors, j) => cheapestBits(errors, omega, price * (counts[j] ?? 0)));
  return { candidate: best, bits, spent: bits.reduce((n, b, j) => n + b * (counts[j] ?? 0), 0) };
}

/** Σ ω·error with one bit at the coarsest step of every layer. */
const coarsestError = (grids: readonly LayerGrid[]): number =>
  grids.reduce(
    (n, { candidates: [first], omega }) =>
      n + omega * (first?.errors.reduce((sum, errors) => sum + (errors[0] as number), 0) ?? 0),
    0,
  );

/**
 * One step per layer and whole bits per channel that minimise Σ ωᵢEᵢⱼ(Δᵢ, bᵢⱼ) within the budget: a grid over Δᵢ per layer, and
 * bisection of the price λ on the bits really spent. @param bits average per survivor, ≥ 1
 */
export function lowBitSteps(layers: readonly PrunedLayer[], bits: number): readonly LayerStep[] {
  const grids = layers.map(gridOf);
  const survivors = grids.reduce((n, g) => n + g.counts.reduce((a, b) => a + b, 0), 0);
  const at = (price: number) => grids.map((grid) => choose(grid, price));
  const spent = (choices: readonly (Choice | undefined)[]): number =>
    choices.reduce((n, c) => n + (c?.spent ?? 0), 0);
  // Prices are in units of the error of a survivor at its coarsest, so that tiny and huge weights are searched alike.
  const unit = coarsestError(grids) / Math.max(1, survivors) || 1;
  let low = 0;
  let high = 0.01 * unit;
  while (spent(at(high)) > bits * survivors && high < 1e30 * unit) high *= 4;
  let chosen = at(high);
  for (let step = 0; step < 60; step++) {
    const price = low === 0 ? high / 4 : Math.sqrt(low * high);
    const choices = at(price);
    if (spent(choices) > bits * survivors) low = price;
    else {
      high = price;
      chosen = choices;
    }
    if (low > 0 && high / low < 1.0005) break;
    if (low === 0 && high < 1e-24 * unit) break;
  }
  return layers.map((layer, i): LayerStep => {
    const choice = chosen[i];
    // Nothing survived, or only zeros did.
    if (choice === undefined) return finestStep(layer);
    const { step, smallestLevel } = choice.candidate;
    return {
      step,
      smallestLevel,
      thresholdShift: 0,
      largestLevels: choice.bits.map((b) => largestOf(smallestLevel, b)),
      bits: choice.bits,
    };
  });
}
