import { finetuneErrors } from '@opq/errors';
import type { Batch } from '@opq/data';
import type { TrainingGraph } from './graph/training-graph';

/** What one run of the graph is fed with besides the parameters: names of feeds and their values. */
export type ShardFeeds = Readonly<Record<string, Float32Array>>;

/**
 * Cuts a batch into the shards that the graph takes, samples in their order.
 * @throws OPQ1406 where the loss wants labels and there are none
 */
export function shardsOf(graph: TrainingGraph, { inputs, labels }: Batch): readonly ShardFeeds[] {
  const { batch, input, targets } = graph;
  const size = inputs.length / batch / input.shape.slice(1).reduce((n, d) => n * d, 1);
  const classes = targets?.shape.at(-1) ?? 0;
  return Array.from({ length: size }, (_, shard) => {
    const own = inputs.subarray((shard * inputs.length) / size, ((shard + 1) * inputs.length) / size);
    if (targets === undefined) return { [input.feed]: own };
    if (labels === undefined) throw finetuneErrors.noLabels();
    const probabilities = new Float32Array(batch * classes);
    for (let i = 0; i < batch; i++) {
      const label = labels[shard * batch + i] as number;
      probabilities[i * classes + label] = 1;
    }
    return { [input.feed]: own, [targets.feed]: probabilities };
  });
}

/** Samples of a graph: a step's batch is cut into runs of this many, so that workers share a step and none changes its result. */
const LARGEST_SHARD = 32;

/** The largest part of a batch, a divisor of it, that one run of the graph takes. */
export function shardSize(batch: number): number {
  for (let size = Math.min(batch, LARGEST_SHARD); size > 1; size--) if (batch % size === 0) return size;
  return 1;
}
