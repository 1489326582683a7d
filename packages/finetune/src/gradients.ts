import type { ActivationQuantisation } from '@opq/core';
import type { Batch } from '@opq/data';
import { elementCount, type Model, type TensorId } from '@opq/ir';
import { shardsOf, shardSize } from './feeds';
import { buildTrainingGraph } from './graph/build';
import type { FakeQuantisation, Parameter } from './graph/training-graph';
import type { RuntimeName } from './runtime/engine';
import { createGradientPool } from './runtime/gradient-pool';
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

/** int8 scales and zero points as the graphs take them. */
export const toFakeQuantisation = (
  activations: ActivationQuantisation,
): ReadonlyMap<TensorId, FakeQuantisation> =>
  new Map(
    Array.from(activations, ([id, { scales, zeroPoints }]) => [
      id,
      { scale: scales[0] ?? 1, zeroPoint: zeroPoints[0] ?? 0 },
    ]),
  );

/** Those of the activations that are rounded while training; none where that is not asked for. */
export const fakeQuantisation = ({
  options,
  activations,
}: Pick<FinetuneRequest, 'options' | 'activations'>): ReadonlyMap<TensorId, FakeQuantisation> =>
  options.quantiseActivations && activations !== undefined ? toFakeQuantisation(activations) : new Map();

/** @param original what teaches @param model what is trained: the same network, compressed */
export async function createTrainer(
  original: Model,
  model: Model,
  request: FinetuneRequest,
  signal?: AbortSignal,
): Promise<Trainer> {
  const { options } = request;
  const graph = buildTrainingGraph(model, {
    batch: shardSize(options.batch),
    channelBlock: await openEngine(options.runtime).channelBlock(),
    loss: lossOf(options),
    fakeQuantisation: fakeQuantisation(request),
    teacher: original,
  });
  const pool = await createGradientPool({
    graph,
    workers: options.workers,
    runtime: options.runtime,
    ...(signal && { signal }),
  });
  const tensors = graph.parameters.map(({ shape }) => new Float32Array(elementCount(shape)));
  return {
    runtime: pool.runtime,
    parameters: graph.parameters,
    tensors,
    async step(batch) {
      const { losses, gradients } = await pool.step(tensors, shardsOf(graph, batch));
      return { loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length, gradients };
    },
    close: () => pool.close(),
  };
}
