import { setImmediate } from 'node:timers/promises';
import { randomStream, type Dataset } from '@opq/data';
import { dataErrors, finetuneErrors, flasherErrors } from '@opq/errors';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import { buildTrainingGraph } from '../graph/build';
import type { Loss, TrainingGraph } from '../graph/training-graph';
import { startOptimiser, update, type OptimiserState } from '../optimiser';
import type { Feed, RuntimeName } from '../runtime/engine';
import { openEngine } from '../runtime/open-engine';
import { createSessionPool } from '../runtime/session-pool';
import { addVariationGradient, rolled } from './prior';
import type { InputStatistics } from './statistics';
import { writeTarget } from './targets';

/** How inputs are changed, and on what that runs. */
export interface OptimiseOptions {
  /** Decides, together with the index of an input, how it is changed. */
  readonly seed: number;
  /** Threads, at least 1; the result does not depend on it. */
  readonly workers: number;
  /** `auto`: the native library where it is installed, else WebAssembly. */
  readonly runtime: RuntimeName | 'auto';
  /** Steps of Adam on each input. */
  readonly steps?: number;
  /** How far a step moves an element, in deviations of the input. */
  readonly rate?: number;
  /** Price of the total variation beside the loss of the network's answer. */
  readonly smoothness?: number;
  /** Told how many steps of all inputs together are done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** Stops the work with OPQ0814. */
  readonly signal?: AbortSignal | undefined;
}

const STEPS = 40;
const RATE = 0.05;
const SMOOTHNESS = 1;
/** Elements an image moves by at most before a step looks at it, so that nothing depends on one place. */
const JITTER = 2;
/** Inputs of one run of the graph. */
const BLOCK = 32;
/** Numbers of all inputs together: they are held in memory, 1 GiB of them. */
const MOST = 2 ** 28;

const ADAM = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const ANSWER: Loss = {
  crossEntropy: 1,
  distillation: 0,
  temperature: 1,
  meanSquare: 0,
  meanSquareAgainst: 'targets',
  layers: 0,
};

/** Inputs of one run, in deviations from their mean. */
interface Block {
  readonly from: number;
  readonly count: number;
  readonly values: Float32Array;
  readonly targets: Float32Array;
  state: OptimiserState;
}

/**
 * Changes inputs until the network is sure of them, every class in turn: Adam on the inputs, along the gradient of the cross-entropy
 * and of the total variation, kept inside the range of the input. An input depends on its start, the seed and its index alone.
 * @param model float32, as it teaches
 * @param start what the inputs begin as
 * @returns the inputs, in memory, without labels
 * @throws OPQ0814 when stopped, OPQ1401, OPQ1402, OPQ1410, OPQ1422 for more than memory holds, OPQ1423 for a network without classes
 */
export async function optimiseInputs(
  model: Model,
  start: Dataset,
  statistics: InputStatistics,
  options: OptimiseOptions,
): Promise<Dataset> {
  const { shape } = statistics;
  const length = elementCount(shape);
  if (start.count * length > MOST)
    throw finetuneErrors.tooManySynthetic(start.count, Math.floor(MOST / length));
  const graph = buildTrainingGraph(model, {
    batch: BLOCK,
    channelBlock: await openEngine(options.runtime).channelBlock(),
    loss: ANSWER,
    gradients: false,
    inputGradient: true,
  });
  const classes = graph.targets?.shape.at(-1) ?? 0;
  if (classes < 2) throw finetuneErrors.noClasses(model.name, classes);
  const shared = parameterFeeds(model, graph);
  const pool = await createSessionPool(graph.onnx, {
    workers: options.workers,
    runtime: options.runtime,
    ...(options.signal && { signal: options.signal }),
  });
  const all = new Float32Array(start.count * length);
  const steps = options.steps ?? STEPS;
  const blocks = Math.ceil(start.count / BLOCK);
  try {
    for (let first = 0; first < blocks; first += options.workers) {
      const now = Array.from({ length: Math.min(options.workers, blocks - first) }, (_, i) =>
        openBlock((first + i) * BLOCK, start, statistics, graph, options.seed),
      );
      for (let step = 0; step < steps; step++) {
        await setImmediate();
        if (options.signal?.aborted) throw flasherErrors.stopped();
        const shifts = now.map(({ from }) => shiftOf(statistics, options.seed, from, step));
        const runs = now.map((block, n) => feedsOf(block, graph, statistics, shifts[n] ?? [0, 0]));
        const outputs = await pool.run(shared, runs, [graph.inputGradient ?? '']);
        now.forEach((block, n) => {
          const gradient = outputs[n]?.[graph.inputGradient ?? ''] ?? new Float32Array();
          improve(block, gradient, shifts[n] ?? [0, 0], statistics, options);
        });
        options.progress?.(first * steps + (step + 1) * now.length, blocks * steps);
      }
      for (const block of now)
        all.set(realOf(block.values, statistics).subarray(0, block.count * length), block.from * length);
    }
  } finally {
    await pool.close();
  }
  return {
    count: start.count,
    shape,
    sample(index) {
      if (!Number.isInteger(index) || index < 0 || index >= start.count)
        throw dataErrors.noSample('The synthetic data', index, start.count);
      return all.slice(index * length, (index + 1) * length);
    },
    label: () => undefined,
  };
}

const parameterFeeds = (model: Model, graph: TrainingGraph): Record<string, Feed> =>
  Object.fromEntries(
    graph.parameters.map(({ feed, tensor, shape }) => {
      const { data } = tensorOf(model, tensor);
      return [feed, { data: data instanceof Float32Array ? data : new Float32Array(), shape }];
    }),
  );

/** A last block that is not full is filled up with the inputs at the start, which are then left out. */
function openBlock(
  from: number,
  start: Dataset,
  { mean, deviation }: InputStatistics,
  graph: TrainingGraph,
  seed: number,
): Block {
  const count = Math.min(BLOCK, start.count - from);
  const length = elementCount(graph.input.shape) / BLOCK;
  const values = new Float32Array(BLOCK * length);
  const targets = new Float32Array(elementCount(graph.targets?.shape ?? []));
  const [rows, classes] = [targets.length / BLOCK, graph.targets?.shape.at(-1) ?? 1];
  for (let n = 0; n < BLOCK; n++) {
    const index = n < count ? from + n : n - count;
    start.sample(index).forEach((v, i) => {
      values[n * length + i] = (v - (mean[i % mean.length] ?? 0)) / (deviation[i % deviation.length] ?? 1);
    });
    const uniform = randomStream('synthetic', seed, 1, index);
    for (let row = n * rows; row < (n + 1) * rows; row += classes)
      writeTarget(targets.subarray(row, row + classes), index, uniform);
  }
  return { from, count, values, targets, state: startOptimiser(ADAM, values.length) };
}

type Shift = readonly [dy: number, dx: number];

function shiftOf({ layout }: InputStatistics, seed: number, from: number, step: number): Shift {
  if (layout === undefined) return [0, 0];
  const uniform = randomStream('synthetic', seed, 2 + step, from);
  const offset = (size: number): number => {
    const most = Math.min(JITTER, size >> 4);
    return Math.floor(uniform() * (2 * most + 1)) - most;
  };
  return [offset(layout[0]), offset(layout[1])];
}

/** Real values of inputs that stand in deviations from their mean. */
function realOf(values: Float32Array, { mean, deviation, shape }: InputStatistics): Float32Array {
  const length = elementCount(shape);
  return values.map((z, i) => {
    const place = i % length;
    return (mean[place % mean.length] ?? 0) + (deviation[place % deviation.length] ?? 1) * z;
  });
}

function feedsOf(
  { values, targets }: Block,
  graph: TrainingGraph,
  statistics: InputStatistics,
  shift: Shift,
): Record<string, Feed> {
  const real = realOf(values, statistics);
  const data = new Float32Array(real.length);
  shifted(real, data, statistics, shift);
  return {
    [graph.input.feed]: { data, shape: graph.input.shape },
    ...(graph.targets && { [graph.targets.feed]: { data: targets, shape: graph.targets.shape } }),
  };
}

/** Every sample of a block rolled alike; nothing moves where neighbours mean nothing. */
function shifted(
  from: Float32Array,
  into: Float32Array,
  { layout, shape }: InputStatistics,
  [dy, dx]: Shift,
): void {
  if (layout === undefined || (dy === 0 && dx === 0)) {
    into.set(from);
    return;
  }
  const length = elementCount(shape);
  for (let n = 0; n < from.length; n += length)
    rolled(from.subarray(n, n + length), into.subarray(n, n + length), layout, dy, dx);
}

/** One step of Adam. @param fed ∂(mean loss of the block)/∂(what was fed) */
function improve(
  block: Block,
  fed: Float32Array,
  [dy, dx]: Shift,
  statistics: InputStatistics,
  { rate = RATE, smoothness = SMOOTHNESS }: OptimiseOptions,
): void {
  const { lowest, highest, mean, deviation, layout, shape } = statistics;
  const length = elementCount(shape);
  const gradient = new Float32Array(fed.length);
  shifted(fed, gradient, statistics, [-dy, -dx]);
  const { values } = block;
  // The graph gives the mean over the block; an input's own loss is BLOCK times its part.
  for (let i = 0; i < gradient.length; i++)
    gradient[i] = (gradient[i] as number) * BLOCK * (deviation[(i % length) % deviation.length] ?? 1);
  if (layout !== undefined && smoothness > 0)
    for (let n = 0; n < values.length; n += length)
      addVariationGradient(
        values.subarray(n, n + length),
        gradient.subarray(n, n + length),
        smoothness,
        layout,
      );
  block.state = update(ADAM, block.state, values, gradient, {
    learningRate: rate,
    weightDecay: 0,
    decays: new Uint8Array(values.length),
  });
  for (let i = 0; i < values.length; i++) {
    const place = i % length;
    const [m, d] = [mean[place % mean.length] ?? 0, deviation[place % deviation.length] ?? 1];
    values[i] = Math.min((highest - m) / d, Math.max((lowest - m) / d, values[i] as number));
  }
}
