import type { LayerPolicy } from './policy';
import { weightIndex, type LayerWeights } from './weights';

/** A layer after pruning, before its step is known. */
export interface PrunedLayer {
  readonly weights: LayerWeights;
  /** v = w / g; what the step divides. */
  readonly values: Float32Array;
  /** 1 where a weight survives. */
  readonly mask: Uint8Array;
  /** β: the largest pruned |v|. */
  readonly threshold: number;
  readonly omega: number;
  readonly policy: LayerPolicy;
}

/** What the step's closed form needs of one channel. */
export interface ChannelSurvivors {
  readonly count: number;
  /** Largest minus smallest surviving v; the largest |v| where all are equal. */
  readonly range: number;
  readonly largest: number;
}

export function channelSurvivors(layer: PrunedLayer): readonly ChannelSurvivors[] {
  const { weights, values, mask } = layer;
  return Array.from({ length: weights.channels }, (_, channel) => {
    let count = 0;
    let low = Infinity;
    let high = -Infinity;
    for (let k = 0; k < weights.fanIn; k++) {
      const i = weightIndex(weights, channel, k);
      if (mask[i] === 0) continue;
      const v = values[i] as number;
      count++;
      if (v < low) low = v;
      if (v > high) high = v;
    }
    if (count === 0) return { count, range: 0, largest: 0 };
    const largest = Math.max(Math.abs(low), Math.abs(high));
    return { count, range: high - low || largest, largest };
  });
}
