import type { Feed, RuntimeName } from './engine';
import type { TrainingGraph } from '../graph/training-graph';
import { createSessionPool, type Feeds, type PoolOptions } from './session-pool';

/** Feeds of `graph.batch` samples, in the shapes the graph says. */
export interface Shard {
  /** [batch, …shape of a sample], NHWC for images, row-major as all here. */
  readonly input: Float32Array;
  /** Where the loss reads them. */
  readonly targets?: Float32Array;
  /** The same for the teacher's answers. */
  readonly teacher?: Float32Array;
}

/** What a step of training learns from its batch. */
export interface StepResult {
  /** In the order of `graph.parameters`: the mean over the shards. */
  readonly gradients: readonly Float32Array[];
  /** One per shard, as are the logits. */
  readonly losses: readonly number[];
  /** [batch, classes…] of each shard. */
  readonly logits: readonly Float32Array[];
}

/** Workers that compute loss and gradients of one graph. */
export interface GradientPool {
  /** What the workers run the graph on. */
  readonly runtime: RuntimeName;
  /** At least 1. */
  readonly workers: number;
  /**
   * Loss and gradients of a batch cut into shards. The result depends on the shards and their order, not on the workers.
   * @param parameters values in the order of `graph.parameters`
   */
  step(parameters: readonly Float32Array[], shards: readonly Shard[]): Promise<StepResult>;
  /** Ends the workers. */
  close(): Promise<void>;
}

/**
 * Workers that compute gradients of one graph side by side.
 * @param options.workers a single one runs in this thread
 * @param options.signal ends the pool; a step that runs then is rejected with the signal's reason
 * @throws OPQ1402 the runtime is not there or does not load
 */
export async function createGradientPool(
  options: PoolOptions & { readonly graph: TrainingGraph },
): Promise<GradientPool> {
  const { graph } = options;
  const pool = await createSessionPool(graph.onnx, options);
  const names = graph.parameters.map(({ gradient }) => gradient);
  const fetch = [graph.loss, graph.logits, ...names];
  return {
    runtime: pool.runtime,
    workers: pool.workers,
    async step(parameters, shards) {
      const shared = Object.fromEntries(
        graph.parameters.map(({ feed, shape }, i): [string, Feed] => [
          feed,
          { shape, data: parameters[i] ?? new Float32Array() },
        ]),
      );
      const parts = await pool.run(shared, shards.map((shard) => feedsOf(graph, shard)), fetch); // prettier-ignore
      const all = (name: string): readonly Float32Array[] =>
        parts.map((outputs) => outputs[name] ?? new Float32Array());
      return {
        gradients: names.map((name) => meanOf(all(name))),
        losses: all(graph.loss).map(([loss = Number.NaN]) => loss),
        logits: all(graph.logits),
      };
    },
    close: () => pool.close(),
  };
}

/** A shard under the names and in the shapes of its graph. */
export function feedsOf(graph: TrainingGraph, { input, targets, teacher }: Shard): Feeds {
  const feeds: Record<string, Feed> = { [graph.input.feed]: { shape: graph.input.shape, data: input } };
  if (graph.targets && targets) feeds[graph.targets.feed] = { shape: graph.targets.shape, data: targets };
  if (graph.teacher && teacher) feeds[graph.teacher.feed] = { shape: graph.teacher.shape, data: teacher };
  return feeds;
}

/** Elements whose sums are kept at a time, so that they stay in the fastest cache. */
const BLOCK = 2048;

/** Mean of equally long arrays, added up in their order and in double precision. */
function meanOf(arrays: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(), ...rest] = arrays;
  if (rest.length === 0) return first;
  const mean = new Float32Array(first.length);
  const sums = new Float64Array(BLOCK);
  for (let start = 0; start < mean.length; start += BLOCK) {
    const count = Math.min(BLOCK, mean.length - start);
    for (let i = 0; i < count; i++) sums[i] = first[start + i] as number;
    for (const array of rest)
      for (let i = 0; i < count; i++) sums[i] = (sums[i] as number) + (array[start + i] as number);
    for (let i = 0; i < count; i++) mean[start + i] = (sums[i] as number) / arrays.length;
  }
  return mean;
}
