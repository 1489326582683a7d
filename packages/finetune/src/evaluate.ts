import { setImmediate } from 'node:timers/promises';
import { createBatches } from '@opq/data';
import { flasherErrors } from '@opq/errors';
import { elementCount } from '@opq/ir';
import { rightOnes } from './accuracy';
import { largestDivisor, shardsOf } from './feeds';
import { fakeQuantisation } from './gradients';
import { buildTrainingGraph } from './graph/build';
import type { EpochRecord } from './history';
import type { Parameters } from './parameters';
import type { Feed } from './runtime/engine';
import { feedsOf } from './runtime/gradient-pool';
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

/** Samples of one run of the graph, at most. */
const LARGEST_RUN = 100;

export async function createEvaluation(
  request: Pick<FinetuneRequest, 'original' | 'compression' | 'validation' | 'options' | 'activations'>,
  parameters: Parameters,
): Promise<Evaluation> {
  const { validation, options, original, compression } = request;
  const size = largestDivisor(validation.count, LARGEST_RUN);
  const engine = openEngine(options.runtime);
  const graph = buildTrainingGraph(compression.model, {
    batch: size,
    channelBlock: await engine.channelBlock(),
    // Which epoch is best is up to what the network answers.
    loss: lossOf({ ...options, layerLoss: 0 }),
    fakeQuantisation: fakeQuantisation(request),
    teacher: original,
    gradients: false,
  });
  const session = await engine.open(graph.onnx);
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
        await setImmediate();
        if (signal?.aborted) throw flasherErrors.stopped();
        const [shard] = shardsOf(graph, batch);
        if (shard === undefined) continue;
        const out = await session.run({ ...fixed, ...feedsOf(graph, shard) }, [graph.loss, graph.logits]);
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
