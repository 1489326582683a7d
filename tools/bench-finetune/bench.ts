/**
 * Speed of training graphs: node -r @swc-node/register tools/bench-finetune/bench.ts [--runtimes native,wasm]
 *   [--networks ResNet-8,DS-CNN] [--seconds 3] [--workers 2]
 * Prints JSON. Needs the real models (OPQ_TEST_DATA). Times are the best of many short runs, on one thread per worker: the
 * machine need not be idle, but figures from different machines or days only compare as ratios.
 */
import { parseArgs } from 'node:util';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { readTflite } from '@opq/tflite';
import {
  buildForwardGraph,
  buildTrainingGraph,
  createGradientPool,
  openEngine,
  type Feed,
  type RuntimeName,
  type Shard,
  type TrainingGraph,
} from '../../packages/finetune/src';
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

interface Row {
  readonly network: string;
  readonly runtime: RuntimeName;
  /** Seconds per 1,000 samples. */
  readonly forward: number;
  readonly forwardBackward: number;
  readonly ratioToForward: number;
  /** Seconds per 1,000 samples through a pool, and how many times as fast as one worker that is. */
  readonly workers: readonly {
    readonly workers: number;
    readonly seconds: number;
    readonly speedup: number;
  }[];
}

interface Time {
  /** Milliseconds of the fastest run, and mean processor time of a run. */
  readonly best: number;
  readonly processor: number;
}

/** As many runs as fit into a time. */
async function time(seconds: number, run: () => Promise<unknown>): Promise<Time> {
  await run();
  let best = Infinity;
  let runs = 0;
  const before = process.cpuUsage();
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
    runs++;
  }
  const { user, system } = process.cpuUsage(before);
  return { best, processor: (user + system) / 1000 / runs };
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

async function measure(
  network: string,
  model: Model,
  runtime: RuntimeName,
  seconds: number,
  workers: readonly number[],
): Promise<Row> {
  const loss = {
    crossEntropy: 1, distillation: 0, temperature: 1, meanSquare: 0, meanSquareAgainst: 'targets',
  } as const; // prettier-ignore
  const engine = openEngine(runtime);
  const channelBlock = await engine.channelBlock();
  const graph = buildTrainingGraph(model, { batch: BATCH, channelBlock, loss });
  const forward = buildForwardGraph(model, { batch: BATCH });
  const values = graph.parameters.map(({ tensor }) => tensorOf(model, tensor).data as Float32Array);
  const shards = Array.from({ length: SHARDS }, (_, i) => makeShard(graph, i + 1));
  const perThousand = (milliseconds: number, samples: number): number => round(milliseconds / samples);

  const session = await engine.open(forward.onnx);
  const feeds: Record<string, Feed> = {
    [forward.input.feed]: { data: shards[0]!.input, shape: forward.input.shape },
  };
  forward.parameters.forEach(({ feed, shape }, i) => (feeds[feed] = { data: values[i]!, shape }));
  const forwardTime = (await time(seconds, () => session.run(feeds, [forward.output.name]))).best;
  await session.close();

  const one = await createGradientPool({ graph, workers: 1, runtime });
  const stepTime = (await time(seconds, () => one.step(values, shards.slice(0, 1)))).best;
  const inOne = await time(seconds, () => one.step(values, shards));
  await one.close();
  const rows = [];
  for (const count of workers) {
    const pool = await createGradientPool({ graph, workers: count, runtime });
    const inMany = await time(seconds, () => pool.step(values, shards));
    await pool.close();
    rows.push({
      workers: count,
      seconds: perThousand(inMany.best, SHARDS * BATCH),
      speedup: round(inOne.best / inMany.best),
      processorTime: round(inMany.processor / inOne.processor),
    });
  }
  return {
    network,
    runtime,
    forward: perThousand(forwardTime, BATCH),
    forwardBackward: perThousand(stepTime, BATCH),
    ratioToForward: round(stepTime / forwardTime),
    workers: rows,
  };
}

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
