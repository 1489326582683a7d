import { hilErrors } from '@opq/errors';
import { elementCount, tensorOf, type Model } from '@opq/ir';

/**
 * Benchmarks of MLPerf Tiny by the names that its runner knows: image classification, keyword spotting, visual wake words,
 * anomaly detection.
 */
export const BENCHMARK_NAMES = ['ic01', 'kws01', 'vww01', 'ad01'] as const;
/** One of `BENCHMARK_NAMES`. */
export type BenchmarkName = (typeof BENCHMARK_NAMES)[number];

/** What the numbers of a sample mean: real = (raw − zero point) · scale. */
export interface SampleEncoding {
  /** `f32` is little-endian. */
  readonly type: 'u8' | 'i8' | 'f32';
  /** Real width of a step; 1 for real numbers. */
  readonly scale: number;
  /** The raw number that stands for 0. */
  readonly zeroPoint: number;
}

/** A benchmark of MLPerf Tiny as its public runner, data sets and rules have it. */
export interface Benchmark {
  /** As the runner and the rules call it. */
  readonly name: BenchmarkName;
  /** What it is about, for people. */
  readonly title: string;
  /** What a byte of a sample means. */
  readonly encoding: SampleEncoding;
  /** Values of an input; the last one is of earlier rounds. */
  readonly inputs: readonly number[];
  /** Classes, or as many values as there are inputs. */
  readonly outputs: number | 'inputs';
  /** What has to be reached: share of right answers, or area under the ROC curve. */
  readonly quality: { readonly measure: 'top-1' | 'auc'; readonly bar: number };
}

const BENCHMARKS: Readonly<Record<BenchmarkName, Benchmark>> = {
  ic01: {
    name: 'ic01',
    title: 'image classification',
    encoding: { type: 'u8', scale: 1, zeroPoint: 0 },
    inputs: [32 * 32 * 3],
    outputs: 10,
    quality: { measure: 'top-1', bar: 0.85 },
  },
  kws01: {
    name: 'kws01',
    title: 'keyword spotting',
    encoding: { type: 'i8', scale: 0.5847029, zeroPoint: 83 },
    inputs: [49 * 10, 49 * 40],
    outputs: 12,
    quality: { measure: 'top-1', bar: 0.9 },
  },
  vww01: {
    name: 'vww01',
    title: 'visual wake words',
    encoding: { type: 'u8', scale: 1 / 255, zeroPoint: 0 },
    inputs: [96 * 96 * 3],
    outputs: 2,
    quality: { measure: 'top-1', bar: 0.8 },
  },
  ad01: {
    name: 'ad01',
    title: 'anomaly detection',
    encoding: { type: 'f32', scale: 1, zeroPoint: 0 },
    inputs: [5 * 128],
    outputs: 'inputs',
    quality: { measure: 'auc', bar: 0.85 },
  },
};

/** Values of a network's first input and first output. */
export function endsOf(model: Model): { readonly inputs: number; readonly outputs: number } {
  const count = (id: Model['inputs'][number] | undefined): number =>
    id === undefined ? 0 : elementCount(tensorOf(model, id).shape);
  return { inputs: count(model.inputs[0]), outputs: count(model.outputs[0]) };
}

/** The benchmark a network is for, told by its shape; a named one has to fit it. @throws OPQ1607 */
export function benchmarkFor(model: Model, named?: BenchmarkName): Benchmark {
  const { inputs, outputs } = endsOf(model);
  const candidates = named === undefined ? BENCHMARK_NAMES : [named];
  const found = candidates
    .map((name) => BENCHMARKS[name])
    .find((b) => b.inputs.includes(inputs) && outputs === (b.outputs === 'inputs' ? inputs : b.outputs));
  if (found === undefined) throw hilErrors.noBenchmark(model.name, inputs, outputs, candidates);
  return found;
}

/** Bytes that `db load` announces for an input of so many values. */
export const bytesOf = ({ type }: SampleEncoding, inputs: number): number =>
  type === 'f32' ? 4 * inputs : inputs;
