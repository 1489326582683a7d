/**
 * Speed of training graphs: node -r @swc-node/register tools/bench-finetune/bench.ts [--runtimes native,wasm]
 *   [--networks ResNet-8,DS-CNN] [--seconds 3] [--workers 2]
 * Prints JSON. Needs the real models (OPQ_TEST_DATA). Runs alternate: a forward pass with fed weights and without blocks of channels,
 * which changes with the runtime only, then steps of training, each forward, backward and update (rounding to levels, gathering,
 * clipping, Adam). Times are the best of many, beside processor time, which other programs disturb less; on one thread per worker.
 * Figures from different machines or days only compare as ratios to the forward pass.
 */
import { parseArgs } from 'node:util';
import { compressWeights } from '@opq/core';
import { elementCount, tensorOf, type Model, type TensorId } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { readTflite } from '@opq/tflite';
import {
  buildForwardGraph,
  buildTrainingGraph,
  createGradientPool,
  openEngine,
  type FakeQuantisation,
  type Feed,
  type Loss,
  type RuntimeName,
  type Shard,
  type TrainingGraph,
} from '../../packages/finetune/src';
import { clip, startOptimiser, update } from '../../packages/finetune/src/optimiser';
import { createParameters } from '../../packages/finetune/src/parameters';
import { readData } from '../testing';

const BATCH = 32;
/** Shards per step where workers are compared: few, so that a run is short enough to find the cores free. */
const SHARDS = 2;

const FILES: Readonly<Record<string, string>> = {
  'ResNet-8': 'mlperf-tiny/ic01_resnet8_float.tflite',
  'DS-CNN': 'mlperf-tiny/kws01_dscnn_purefloat.tflite',
  'LeNet-5': 'lenet/lenet5_mnist_original.tflite',
  'LeNet-300-100': 'lenet/lenet300100_mnist_original.tflite',
};

/** Seconds per 1,000 samples: of the fastest run, and median processor time. */
interface Time {
  readonly best: number;
  readonly processor: number;
}

/** A step, and how many times as long as the forward pass it takes (processor time). */
interface Step extends Time {
  readonly ratioToForward: number;
  /** What of it is no run of the graph: part of its processor time. */
  readonly update: number;
}

interface Row {
  readonly network: string;
  readonly runtime: RuntimeName;
  /** Channels of a block; 1 for none. */
  readonly channelBlock: number;
  readonly forward: Time;
  /** Cross-entropy against labels. */
  readonly training: Step;
  /** As `opq finetune --loss both` trains: the uncompressed network teaches, every activation is rounded to int8. */
  readonly finetuning: Step;
  /** Steps of two batches through a pool, and how many times as fast as one worker that is. */
  readonly workers: readonly {
    readonly workers: number;
    readonly best: number;
    readonly speedup: number;
    readonly processorTime: number;
  }[];
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Runs one after the other, and again, until the time is over. */
async function race(
  seconds: number,
  samples: number,
  runs: readonly (() => Promise<unknown>)[],
): Promise<readonly Time[]> {
  const times = runs.map((): [number[], number[]] => [[], []]);
  for (const run of runs) await run();
  const end = performance.now() + 1000 * seconds * runs.length;
  while (performance.now() < end)
    for (const [i, run] of runs.entries()) {
      const [before, start] = [process.cpuUsage(), performance.now()];
      await run();
      const { user, system } = process.cpuUsage(before);
      times[i]?.[0].push(performance.now() - start);
      times[i]?.[1].push((user + system) / 1000);
    }
  return times.map(([wall, processor]) => ({
    best: Math.min(...wall) / samples,
    processor: median(processor) / samples,
  }));
}

function makeShard(graph: TrainingGraph, seed: number): Shard {
  const r = random(seed);
  const [targets] = [graph.targets!.shape];
  const classes = targets.at(-1)!;
  const labels = new Float32Array(elementCount(targets));
  for (let n = 0; n < BATCH; n++) labels[n * classes + (n % classes)] = 1;
  return {
    input: Float32Array.from({ length: elementCount(graph.input.shape) }, () => r.next()),
    targets: labels,
  };
}

const LABELS = {
  crossEntropy: 1, distillation: 0, temperature: 1, meanSquare: 0, meanSquareAgainst: 'targets', layers: 0,
} as const satisfies Loss; // prettier-ignore
const BOTH = { ...LABELS, crossEntropy: 0.5, distillation: 0.5, temperature: 2 } as const satisfies Loss;

/** Scales as calibration might find them; which ones changes no time. */
const rounded = (model: Model): ReadonlyMap<TensorId, FakeQuantisation> =>
  new Map(
    [...model.inputs, ...model.layers.map(({ output }) => output)].map((id) => [
      id,
      { scale: 0.05, zeroPoint: -128 },
    ]),
  );

/** A step of training as `finetune` takes it, without reading data. */
async function openStep(model: Model, graph: TrainingGraph, runtime: RuntimeName) {
  const compression = compressWeights(model, { budget: { averageBits: 2 }, allocator: 'opq' });
  const parameters = createParameters(model, compression, graph.parameters);
  const values = parameters.start();
  const tensors = graph.parameters.map(({ shape }) => new Float32Array(elementCount(shape)));
  const gradient = new Float32Array(parameters.count);
  const optimiser = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
  let state = startOptimiser(optimiser, parameters.count);
  const pool = await createGradientPool({ graph, workers: 1, runtime });
  const change = (gradients: readonly Float32Array[]): void => {
    parameters.gather(gradients, gradient);
    clip(gradient, 1);
    state = update(optimiser, state, values, gradient, {
      learningRate: 0.001, weightDecay: 0, decays: parameters.decays,
    }); // prettier-ignore
    parameters.project(values, tensors);
  };
  parameters.project(values, tensors);
  const shards = [makeShard(graph, 1)];
  const { gradients } = await pool.step(tensors, shards);
  return {
    run: async () => change((await pool.step(tensors, shards)).gradients),
    update: () => Promise.resolve(change(gradients)),
    close: () => pool.close(),
  };
}

async function measure(
  network: string,
  model: Model,
  runtime: RuntimeName,
  seconds: number,
  workers: readonly number[],
): Promise<Row> {
  const engine = openEngine(runtime);
  const channelBlock = await engine.channelBlock();
  const common = { batch: BATCH, channelBlock };
  const graph = buildTrainingGraph(model, { ...common, loss: LABELS });
  const full = buildTrainingGraph(model, { ...common, loss: BOTH, teacher: model, fakeQuantisation: rounded(model) }); // prettier-ignore
  const forward = buildForwardGraph(model, { batch: BATCH });
  const values = graph.parameters.map(({ tensor }) => tensorOf(model, tensor).data as Float32Array);
  const shards = Array.from({ length: SHARDS }, (_, i) => makeShard(graph, i + 1));

  const session = await engine.open(forward.onnx);
  const feeds: Record<string, Feed> = {
    [forward.input.feed]: { data: makeShard(graph, 1).input, shape: forward.input.shape },
  };
  forward.parameters.forEach(({ feed, shape }, i) => (feeds[feed] = { data: values[i]!, shape }));
  const [plain, rounding] = [await openStep(model, graph, runtime), await openStep(model, full, runtime)];
  const [passed, trained, finetuned, updated] = await race(seconds, BATCH, [
    () => session.run(feeds, [forward.output.name]),
    plain.run,
    rounding.run,
    plain.update,
  ]);
  await Promise.all([session.close(), plain.close(), rounding.close()]);
  const rows = [];
  for (const count of workers) {
    const one = await createGradientPool({ graph, workers: 1, runtime });
    const pool = await createGradientPool({ graph, workers: count, runtime });
    const [alone, together] = await race(seconds, SHARDS * BATCH, [
      () => one.step(values, shards),
      () => pool.step(values, shards),
    ]);
    await Promise.all([one.close(), pool.close()]);
    rows.push({
      workers: count,
      best: round(together!.best),
      speedup: round(alone!.best / together!.best),
      processorTime: round(together!.processor / alone!.processor),
    });
  }
  const step = (time: Time): Step => ({
    ...shown(time),
    ratioToForward: round(time.processor / passed!.processor),
    update: round(updated!.processor / time.processor),
  });
  return {
    network,
    runtime,
    channelBlock,
    forward: shown(passed!),
    training: step(trained!),
    finetuning: step(finetuned!),
    workers: rows,
  };
}

const shown = ({ best, processor }: Time): Time => ({ best: round(best), processor: round(processor) });
const round = (value: number): number => Number(value.toPrecision(3));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtimes: { type: 'string', default: 'wasm' },
      networks: { type: 'string', default: Object.keys(FILES).join() },
      seconds: { type: 'string', default: '3' },
      workers: { type: 'string', default: '2' },
    },
  });
  const rows: Row[] = [];
  for (const network of values.networks.split(',')) {
    const file = FILES[network] ?? network;
    const model = readTflite(readData(...file.split('/')), file);
    for (const runtime of values.runtimes.split(',') as RuntimeName[])
      rows.push(
        await measure(network, model, runtime, Number(values.seconds), values.workers.split(',').map(Number)),
      );
  }
  process.stdout.write(`${JSON.stringify({ batch: BATCH, rows }, undefined, 2)}\n`);
}

void main();
