import { elementCount, tensorOf, type Model } from '@opq/ir';
import { generateModel, random } from '@opq/ir/testing';
import { toFloatModel } from '@opq/core';
import { createFloatInterpreter } from '@opq/reference';
import { readTflite } from '@opq/tflite';
import { describeWithData, readData } from '../../../tools/testing';
import { buildForwardGraph, openEngine, type RuntimeName } from '../src';
import { inputCount } from './support/double';
import { parameterFeeds, RUNTIMES, runOnce } from './support/engines';
import { compareGradients, expectGradients } from './support/gradients';

const NETWORKS = {
  'LeNet-300-100': ['lenet/lenet300100_mnist_original.tflite', 1],
  'LeNet-5': ['lenet/lenet5_mnist_original.tflite', 1],
  'ResNet-8': ['mlperf-tiny/ic01_resnet8_float.tflite', 255],
  'DS-CNN': ['mlperf-tiny/kws01_dscnn_purefloat.tflite', 20],
} as const;

const load = (file: string): Model => readTflite(readData(...file.split('/')), file);

/** Largest difference of the forward graph from the interpreter, as a part of the outputs' range. */
async function forwardDifference(
  model: Model,
  runtime: RuntimeName,
  spread: number,
  parameters: 'fed' | 'baked',
): Promise<number> {
  const batch = 3;
  const r = random(7);
  const graph = buildForwardGraph(model, { batch, parameters });
  const count = inputCount(model);
  const input = Float32Array.from({ length: batch * count }, () => r.real(0, spread));
  const feeds = {
    ...parameterFeeds(model, graph.parameters),
    [graph.input.feed]: { data: input, shape: graph.input.shape },
  };
  const { output = new Float32Array() } = await runOnce(runtime, graph.onnx, feeds, [graph.output.name]);
  const interpreter = createFloatInterpreter(model);
  const wanted = Array.from(
    { length: batch },
    (_, n) => interpreter.run([input.subarray(n * count, (n + 1) * count)])[0]!,
  ).flatMap((y) => [...y]);
  expect(output.length).toBe(batch * elementCount(tensorOf(model, model.outputs[0]!).shape));
  const range = Math.max(...wanted.map(Math.abs), 0.1);
  return Math.max(...wanted.map((y, i) => Math.abs(y - output[i]!))) / range;
}

describe.each(RUNTIMES)('generated networks, %s', (runtime) => {
  it('have the outputs and gradients of the reference', async () => {
    let compared = 0;
    for (let seed = 0; seed < 60; seed++) {
      const model = withoutZeros(toFloatModel(generateModel(seed).model).model, seed);
      if (model.layers.some(({ kind }) => kind === 'quantize' || kind === 'dequantize')) continue;
      compared++;
      const { gradients, logits } = await compareGradients(withoutSoftmax(model), {
        runtime,
        seed,
        elements: 3,
        step: 1e-5,
      });
      const wrong = Object.entries(gradients).filter(([, worst]) => !(worst < 5e-3));
      expect([seed, wrong]).toEqual([seed, []]);
      expect([seed, logits < 1e-4]).toEqual([seed, true]);
      expect(await forwardDifference(model, runtime, 100, seed % 2 === 0 ? 'fed' : 'baked')).toBeLessThan(
        1e-4,
      );
    }
    expect(compared).toBeGreaterThan(30);
  });
});

describeWithData()('real networks', () => {
  describe.each(RUNTIMES)('%s', (runtime) => {
    it.each(Object.entries(NETWORKS))('%s: outputs of the reference', async (_, [file, spread]) => {
      expect(await forwardDifference(load(file), runtime, spread, 'fed')).toBeLessThan(1e-5);
      expect(await forwardDifference(load(file), runtime, spread, 'baked')).toBeLessThan(1e-5);
    });

    it.each(Object.entries(NETWORKS))('%s: gradients of the reference', async (_, [file, spread]) => {
      await expectGradients(withoutSoftmax(load(file)), {
        runtime,
        seed: 1,
        batch: 1,
        channelBlock: await openEngine(runtime).channelBlock(),
        elements: 0,
        spread,
        step: 1e-6,
      });
    });
  });
});

/** The network up to its logits. */
function withoutSoftmax(model: Model): Model {
  const last = model.layers.at(-1);
  if (last?.kind !== 'softmax') return model;
  return { ...model, layers: model.layers.slice(0, -1), outputs: [last.input] };
}

/** A layer of zeros stands exactly on the kink of its activation, where differences say nothing. */
function withoutZeros(model: Model, seed: number): Model {
  const r = random(seed);
  const tensors = model.tensors.map((tensor) => {
    const { data } = tensor;
    if (!(data instanceof Float32Array)) return tensor;
    const size = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0.1);
    return { ...tensor, data: data.map((v) => v + size * r.real(-0.01, 0.01)) };
  });
  return { ...model, tensors };
}
