import { dataFile } from '../testing';

/** One network at one size, as `opq finetune` is told. */
export interface FinetuneRun {
  readonly key: string;
  readonly title: string;
  /** Arguments of `opq finetune` without the seed. */
  readonly args: readonly string[];
  /** What is to be reached: accuracy with int8 activations, float32 bytes ÷ stored bytes, or bytes of the whole model. */
  readonly goal: { readonly accuracy: number; readonly ratio?: number; readonly flash?: number };
}

const mnist = ['--data', 'mnist', '--data-scale', '1/255', '--loss', 'both', '--shift', '1'];
const cifar = ['--data', 'cifar10', '--flip', '--shift', '2', '--loss', 'both'];
const native = ['--runtime', 'native'];

/** Peak of the learning rate, and epochs. */
const pace = (rate: number, epochs: number): readonly string[] => [
  '--learning-rate',
  String(rate),
  '--epochs',
  String(epochs),
];
const resnet = (limits: readonly string[], paced: readonly string[]): readonly string[] => [
  dataFile('mlperf-tiny', 'ic01_resnet8_float.tflite'),
  ...[...limits, ...cifar, ...paced, ...native],
];
const kws = [
  ...['--data', dataFile('mlperf-tiny', 'kws01_i8_500x49x10.bin'), '--data-type', 'i8'],
  ...['--data-scale', '0.5847029', '--data-zero-point', '83'],
  ...['--labels', dataFile('mlperf-tiny', 'kws01_y_labels.csv'), '--labels-column', '2'],
];

/** The benchmark tests with the samples from number 200 on. */
const KEPT_OUT = 'DS-CNN, speech commands, 11 kB, 1.6 M multiplications, samples of the benchmark kept out';
const keptOut = (epochs: number): readonly string[] => [
  dataFile('mlperf-tiny', 'kws01_dscnn_purefloat.tflite'),
  ...['--flash', '11kB', '--macs', '1.6M', '--target', 'mps2-an386', ...kws, '--test-from', '200'],
  ...['--batch', '16', '--validation', '0.25', ...pace(0.005, epochs), ...native],
];

/** The float network's accuracy on all of CIFAR-10's test images is 87.2 %. */
export const RUNS: readonly FinetuneRun[] = [
  {
    key: 'lenet300',
    title: 'LeNet-300-100, MNIST',
    args: [
      dataFile('lenet', 'lenet300100_mnist_original.tflite'),
      '--ratio',
      '81',
      ...['--data', 'mnist', '--data-scale', '1/255', '--loss', 'labels', '--shift', '1'],
      ...pace(0.02, 30),
      ...native,
    ],
    goal: { accuracy: 0.977, ratio: 80 },
  },
  {
    key: 'lenet5',
    title: 'LeNet-5, MNIST',
    args: [
      dataFile('lenet', 'lenet5_mnist_original.tflite'),
      '--ratio',
      '121',
      ...mnist,
      ...pace(0.01, 30),
      ...native,
    ],
    goal: { accuracy: 0.99, ratio: 120 },
  },
  {
    key: 'ic20',
    title: 'ResNet-8, CIFAR-10, 20 kB',
    args: resnet(['--flash', '20kB'], pace(0.01, 30)),
    goal: { accuracy: 0.867, flash: 20_000 },
  },
  {
    key: 'ic20m5',
    title: 'ResNet-8, CIFAR-10, 20 kB, 5 M multiplications',
    args: resnet(['--flash', '20kB', '--macs', '5M'], pace(0.008, 24)),
    goal: { accuracy: 0.867, flash: 20_000 },
  },
  {
    key: 'ic20m5e12',
    title: 'ResNet-8, CIFAR-10, 20 kB, 5 M multiplications, 12 epochs',
    args: resnet(['--flash', '20kB', '--macs', '5M'], pace(0.003, 12)),
    goal: { accuracy: 0.867, flash: 20_000 },
  },
  {
    key: 'ic20m4',
    title: 'ResNet-8, CIFAR-10, 20 kB, 4 M multiplications',
    args: resnet(['--flash', '20kB', '--macs', '4M'], pace(0.004, 30)),
    goal: { accuracy: 0.867, flash: 20_000 },
  },
  {
    key: 'ic14',
    title: 'ResNet-8, CIFAR-10, 14 kB',
    args: resnet(['--flash', '14kB'], pace(0.003, 8)),
    goal: { accuracy: 0.85, flash: 14_000 },
  },
  {
    key: 'kws11',
    title: 'DS-CNN, speech commands, 11 kB',
    args: [
      dataFile('mlperf-tiny', 'kws01_dscnn_purefloat.tflite'),
      '--flash',
      '11kB',
      ...kws,
      '--batch',
      '16',
      '--validation',
      '0.25',
      ...pace(0.005, 10),
      ...native,
    ],
    goal: { accuracy: 0.9, flash: 11_000 },
  },
  {
    key: 'kws11m1.6',
    title: `${KEPT_OUT}, 10 epochs`,
    args: keptOut(10),
    goal: { accuracy: 0.9, flash: 11_000 },
  },
  {
    key: 'kws11m1.6e40',
    title: `${KEPT_OUT}, 40 epochs`,
    args: keptOut(40),
    goal: { accuracy: 0.9, flash: 11_000 },
  },
];
