import { setImmediate } from 'node:timers/promises';
import { createBatches, type Dataset } from '@opq/data';
import { flasherErrors } from '@opq/errors';
import type { Model, TensorId } from '@opq/ir';
import { largestDivisor } from './feeds';
import { buildForwardGraph } from './graph/build';
import type { FakeQuantisation } from './graph/training-graph';
import type { RuntimeName } from './runtime/engine';
import { openEngine } from './runtime/open-engine';

/** Which network is measured, on which samples, by which runtime. */
export interface AccuracyRequest {
  /** In float32. */
  readonly model: Model;
  /** All samples run; those without a label do not count. */
  readonly data: Dataset;
  /** `auto`: the native library where it is installed, else WebAssembly. */
  readonly runtime: RuntimeName | 'auto';
  /** Activations rounded as int8 will; none without it. */
  readonly fakeQuantisation?: ReadonlyMap<TensorId, FakeQuantisation> | undefined;
}

/** Samples of one run of the graph, at most. */
const LARGEST_RUN = 100;

/**
 * Share of labelled samples whose largest output is the label's, in float32 through the training runtime: tens of times as fast as
 * an interpreter.
 * @param options.progress told how many samples are done
 * @returns null for data without labels
 * @throws OPQ0814 when stopped, OPQ1402
 */
export async function networkAccuracy(
  { model, data, runtime, fakeQuantisation }: AccuracyRequest,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly progress?: ((done: number) => void) | undefined;
  } = {},
): Promise<number | null> {
  const size = largestDivisor(data.count, LARGEST_RUN);
  const graph = buildForwardGraph(model, {
    batch: size,
    parameters: 'baked',
    ...(fakeQuantisation && { fakeQuantisation }),
  });
  const session = await openEngine(runtime).open(graph.onnx);
  try {
    let [right, labelled] = [0, 0];
    for (const { inputs, labels, step } of createBatches(data, { size, seed: 0, epoch: 0 })) {
      await setImmediate();
      if (options.signal?.aborted) throw flasherErrors.stopped();
      const out = await session.run({ [graph.input.feed]: { data: inputs, shape: graph.input.shape } }, [
        graph.logits.name,
      ]);
      options.progress?.((step + 1) * size);
      if (labels === undefined) continue;
      labelled += labels.length;
      right += rightOnes(out[graph.logits.name] as Float32Array, labels);
    }
    return labelled === 0 ? null : right / labelled;
  } finally {
    await session.close();
  }
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
