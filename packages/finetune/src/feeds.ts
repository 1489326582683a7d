import { finetuneErrors } from '@opq/errors';
import type { Batch } from '@opq/data';
import type { TrainingGraph } from './graph/training-graph';
import type { Shard } from './runtime/gradient-pool';

/**
 * Cuts a batch into the shards that the graph takes, samples in their order.
 * @throws OPQ1406 where the loss wants labels and there are none
 */
export function shardsOf(graph: TrainingGraph, { inputs, labels }: Batch): readonly Shard[] {
  const { batch, input, targets } = graph;
  const size = inputs.length / batch / input.shape.slice(1).reduce((n, d) => n * d, 1);
  const classes = targets?.shape.at(-1) ?? 0;
  return Array.from({ length: size }, (_, shard) => {
    const own = inputs.subarray((shard * inputs.length) / size, ((shard + 1) * inputs.length) / size);
    if (targets === undefined) return { input: own };
    if (labels === undefined) throw finetuneErrors.noLabels();
    const probabilities = new Float32Array(batch * classes);
    for (let i = 0; i < batch; i++) {
      const label = labels[shard * batch + i] as number;
      probabilities[i * classes + label] = 1;
    }
    return { input: own, targets: probabilities };
  });
}

/** Samples of a graph: a step's batch is cut into runs of this many, so that workers share a step and none changes its result. */
const LARGEST_SHARD = 32;

/** The part of a batch that one run of the graph takes. */
export const shardSize = (batch: number): number => largestDivisor(batch, LARGEST_SHARD);

/** The largest divisor of a count that is no larger than `limit`; at least 1. */
export function largestDivisor(count: number, limit: number): number {
  for (let size = Math.min(count, limit); size > 1; size--) if (count % size === 0) return size;
  return 1;
}
