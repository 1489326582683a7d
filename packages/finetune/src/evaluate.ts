import { createBatches } from '@opq/data';
import { flasherErrors } from '@opq/errors';
import { elementCount } from '@opq/ir';
import { shardsOf } from './feeds';
import { fakeQuantisation } from './gradients';
import { buildTrainingGraph } from './graph/build';
import type { EpochRecord } from './history';
import type { Parameters } from './parameters';
import type { Feed } from './runtime/engine';
import { openEngine } from './runtime/open-engine';
import { lossOf } from './study';
import type { FinetuneRequest } from './train';

/** How well a network does on samples it is not trained on. */
export interface Evaluation {
  /**
   * Of the network with these parameters at their levels. Accuracy is the share of samples whose largest logit is the label's.
   * @throws OPQ0814 when stopped
   */
  score(values: Float32Array, signal: AbortSignal | undefined): Promise<EpochRecord['validation']>;
  close(): Promise<void>;
}

/** Samples of one run of the graph: the largest divisor of their number up to this. */
const LARGEST_RUN = 100;

function runSize(count: number): number {
  for (let size = Math.min(LARGEST_RUN, count); size > 1; size--) if (count % size === 0) return size;
  return 1;
}

export async function createEvaluation(
  request: Pick<FinetuneRequest, 'original' | 'compression' | 'validation' | 'options' | 'activations'>,
  parameters: Parameters,
): Promise<Evaluation> {
  const { validation, options, original, compression } = request;
  const size = runSize(validation.count);
  const graph = buildTrainingGraph(compression.model, {
    batch: size,
    loss: lossOf(options),
    fakeQuantisation: fakeQuantisation(request),
    teacher: original,
    gradients: false,
  });
  const session = await openEngine(options.runtime).open(graph.onnx);
  const tensors = graph.parameters.map(({ shape }) => new Float32Array(elementCount(shape)));
  return {
    async score(values, signal) {
      parameters.project(values, tensors);
      const fixed: Record<string, Feed> = {};
      graph.parameters.forEach(
        ({ feed, shape }, n) => (fixed[feed] = { data: tensors[n] as Float32Array, shape }),
      );
      let [loss, right, labelled] = [0, 0, 0];
      for (const batch of createBatches(validation, { size, seed: 0, epoch: 0 })) {
        if (signal?.aborted) throw flasherErrors.stopped();
        const [shard = {}] = shardsOf(graph, batch);
        const feeds = { ...fixed };
        for (const [name, data] of Object.entries(shard))
          feeds[name] = {
            data,
            shape: name === graph.input.feed ? graph.input.shape : (graph.targets?.shape ?? []),
          };
        const out = await session.run(feeds, [graph.loss, graph.logits]);
        loss += out[graph.loss]?.[0] as number;
        const { labels } = batch;
        if (labels === undefined) continue;
        labelled += labels.length;
        right += rightOnes(out[graph.logits] as Float32Array, labels);
      }
      return { loss: (loss * size) / validation.count, accuracy: labelled === 0 ? null : right / labelled };
    },
    close: () => session.close(),
  };
}

/** How many rows have their largest value at the label. @param logits [labels.length, classes] */
export function rightOnes(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let right = 0;
  labels.forEach((label, row) => {
    let best = 0;
    for (let k = 1; k < classes; k++)
      if ((logits[row * classes + k] as number) > (logits[row * classes + best] as number)) best = k;
    if (best === label) right++;
  });
  return right;
}
