import { weightIndex } from './weights';
import { LARGEST_LEVEL, type LayerStep } from './steps';
import type { PrunedLayer } from './survivors';

/*
 * Below about three bits the closed form is not valid. Here a survivor is a sign and a magnitude that is never zero:
 * b bits give k ∈ [k₀, k₀ + 2^(b−1) − 1] with k₀ = max(1, round(β/Δ)); larger magnitudes are clipped.
 */

const MOST_BITS = 7;
/** Steps tried per layer, from coarse to fine, evenly in their logarithm. */
const GRID = 40;

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

function channelMagnitudes(layer: PrunedLayer): readonly Float32Array[] {
  const { weights, values, mask } = layer;
  return Array.from({ length: weights.channels }, (_, channel) => {
    const list: number[] = [];
    for (let k = 0; k < weights.fanIn; k++) {
      const i = weightIndex(weights, channel, k);
      if (mask[i] === 1) list.push(Math.abs(values[i] as number));
    }
    return Float32Array.from(list);
  });
}

function candidateAt(
  step: number,
  threshold: number,
  magnitudes: readonly Float32Array[],
): Candidate | undefined {
  const smallestLevel = Math.max(1, Math.round(threshold / step));
  if (smallestLevel > LARGEST_LEVEL) return undefined;
  const limits = Array.from({ length: MOST_BITS }, (_, b) => largestOf(smallestLevel, b + 1));
  const errors = magnitudes.map((channel) => {
    const sums = new Float64Array(MOST_BITS);
    for (let i = 0; i < channel.length; i++) {
      const m = channel[i] as number;
      const rounded = Math.round(m / step);
      const level = rounded < smallestLevel ? smallestLevel : rounded;
      for (let b = 0; b < MOST_BITS; b++) {
        const limit = limits[b] as number;
        const difference = m - (level < limit ? level : limit) * step;
        sums[b] = (sums[b] as number) + difference * difference;
      }
    }
    return sums;
  });
  return { step, smallestLevel, errors };
}

const largestOf = (smallest: number, bits: number): number =>
  Math.min(LARGEST_LEVEL, smallest + 2 ** (bits - 1) - 1);

function gridOf(layer: PrunedLayer): LayerGrid {
  const magnitudes = channelMagnitudes(layer);
  const largest = magnitudes.reduce((m, channel) => channel.reduce((a, b) => Math.max(a, b), m), 0);
  const counts = magnitudes.map((channel) => channel.length);
  if (largest === 0) return { candidates: [], counts, omega: layer.omega };
  const candidates = Array.from({ length: GRID }, (_, i) =>
    candidateAt(largest / 2 ** ((i * 6.5) / (GRID - 1)), layer.threshold, magnitudes),
  );
  return { candidates: candidates.filter((c) => c !== undefined), counts, omega: layer.omega };
}

interface Choice {
  readonly candidate: Candidate;
  readonly bits: readonly number[];
  readonly cost: number;
  readonly spent: number;
}

/** The best step and bits per channel of one layer at price λ for a bit. */
function choose(grid: LayerGrid, price: number): Choice | undefined {
  let best: Choice | undefined;
  for (const candidate of grid.candidates) {
    let cost = 0;
    let spent = 0;
    const bits = candidate.errors.map((errors, channel) => {
      const count = grid.counts[channel] ?? 0;
      let chosen = 1;
      let lowest = Infinity;
      for (let b = 1; b <= MOST_BITS; b++) {
        const c = grid.omega * (errors[b - 1] as number) + price * count * b;
        if (c < lowest) [lowest, chosen] = [c, b];
      }
      cost += lowest;
      spent += count * chosen;
      return chosen;
    });
    if (best === undefined || cost < best.cost) best = { candidate, bits, cost, spent };
  }
  return best;
}

/**
 * One step per layer and whole bits per channel that minimise Σ ωᵢEᵢⱼ(Δᵢ, bᵢⱼ) within the budget: a grid over Δᵢ per layer, and
 * bisection of the price λ on the bits really spent. @param bits average per survivor, ≥ 1
 */
export function lowBitSteps(layers: readonly PrunedLayer[], bits: number): readonly LayerStep[] {
  const grids = layers.map((layer) =>
    layer.skip ? { candidates: [], counts: [], omega: layer.omega } : gridOf(layer),
  );
  const survivors = grids.reduce((n, g) => n + g.counts.reduce((a, b) => a + b, 0), 0);
  const at = (price: number) => grids.map((grid) => choose(grid, price));
  const spent = (choices: readonly (Choice | undefined)[]): number =>
    choices.reduce((n, c) => n + (c?.spent ?? 0), 0);
  let low = 0;
  let high = 1e-12;
  while (spent(at(high)) > bits * survivors && high < 1e30) high *= 4;
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
    if (low === 0 && high < 1e-40) break;
  }
  return layers.map((layer, i): LayerStep => {
    const choice = chosen[i];
    const channels = layer.weights.channels;
    if (choice === undefined) {
      const largest = layer.values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      const everywhere = <T>(value: T): readonly T[] => new Array<T>(channels).fill(value);
      return {
        step: largest === 0 ? 1 : largest / LARGEST_LEVEL,
        smallestLevel: 0,
        largestLevels: everywhere(LARGEST_LEVEL),
        bits: everywhere(layer.skip ? 8 : 0),
      };
    }
    const { step, smallestLevel } = choice.candidate;
    return {
      step,
      smallestLevel,
      largestLevels: choice.bits.map((b) => largestOf(smallestLevel, b)),
      bits: choice.bits,
    };
  });
}
