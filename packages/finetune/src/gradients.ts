import type { Batch } from '@opq/data';
import { elementCount, type Model, type TensorId } from '@opq/ir';
import { shardsOf, shardSize } from './feeds';
import { buildTrainingGraph } from './graph/build';
import type { FakeQuantisation, Parameter } from './graph/training-graph';
import type { Feed, RuntimeName } from './runtime/engine';
import { openEngine } from './runtime/open-engine';
import { lossOf } from './study';
import type { FinetuneRequest } from './train';

/** The network being trained, as the runtime sees it. */
export interface Trainer {
  readonly runtime: RuntimeName;
  readonly parameters: readonly Parameter[];
  /** What the parameters are fed with, one tensor each; written before every step. */
  readonly tensors: readonly Float32Array[];
  /** Loss of a batch and its gradient by every parameter, means over its samples; valid until the next step. */
  step(batch: Batch): Promise<{ readonly loss: number; readonly gradients: readonly Float32Array[] }>;
  close(): Promise<void>;
}

/** Scale and zero point of every activation that is rounded while training; none where that is not asked for. */
export function fakeQuantisation({
  options,
  activations,
}: Pick<FinetuneRequest, 'options' | 'activations'>): ReadonlyMap<TensorId, FakeQuantisation> {
  if (!options.quantiseActivations || activations === undefined) return new Map();
  return new Map(
    Array.from(activations, ([id, { scales, zeroPoints }]) => [
      id,
      { scale: scales[0] ?? 1, zeroPoint: zeroPoints[0] ?? 0 },
    ]),
  );
}

/** @param original what teaches @param model what is trained: the same network, compressed */
export async function createTrainer(
  original: Model,
  model: Model,
  request: FinetuneRequest,
): Promise<Trainer> {
  const { options } = request;
  const graph = buildTrainingGraph(model, {
    batch: shardSize(options.batch),
    loss: lossOf(options),
    fakeQuantisation: fakeQuantisation(request),
    teacher: original,
  });
  const engine = openEngine(options.runtime);
  const session = await engine.open(graph.onnx);
  const { parameters } = graph;
  const tensors = parameters.map(({ shape }) => new Float32Array(elementCount(shape)));
  const sums = tensors.map((t) => new Float32Array(t.length));
  return {
    runtime: engine.name,
    parameters,
    tensors,
    async step(batch) {
      const shards = shardsOf(graph, batch);
      let loss = 0;
      sums.forEach((sum) => sum.fill(0));
      for (const shard of shards) {
        const feeds: Record<string, Feed> = {};
        for (const [name, data] of Object.entries(shard))
          feeds[name] = {
            data,
            shape: name === graph.input.feed ? graph.input.shape : (graph.targets?.shape ?? []),
          };
        parameters.forEach(
          ({ feed, shape }, n) => (feeds[feed] = { data: tensors[n] as Float32Array, shape }),
        );
        const out = await session.run(feeds, [graph.loss, ...parameters.map(({ gradient }) => gradient)]);
        loss += (out[graph.loss]?.[0] as number) / shards.length;
        parameters.forEach(({ gradient }, n) => {
          const sum = sums[n] as Float32Array;
          const own = out[gradient] as Float32Array;
          for (let i = 0; i < sum.length; i++)
            sum[i] = (sum[i] as number) + (own[i] as number) / shards.length;
        });
      }
      return { loss, gradients: sums };
    },
    close: () => session.close(),
  };
}
