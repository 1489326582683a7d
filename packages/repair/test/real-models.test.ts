import { isWeighted, type Model } from '@opq/ir';
import { compressWeights, equaliseLayers, type WeightCompression } from '@opq/core';
import { readTflite } from '@opq/tflite';
import { random } from '@opq/ir/testing';
import { describeWithData, readData } from '../../../tools/testing';
import { correctBias, layerErrors, reconstructLayers } from '../src';

const load = (file: string): Model => readTflite(readData('mlperf-tiny', file), file);
const range = <T>(from: number, to: number, of: (i: number) => T): readonly T[] =>
  Array.from({ length: to - from }, (_, i) => of(from + i));

const resnet = () => {
  const images = readData('mlperf-tiny', 'ic01_u8_200x32x32x3.bin');
  const sample = (i: number) => Float32Array.from(images.subarray(i * 3072, (i + 1) * 3072));
  return { model: load('ic01_resnet8_float.tflite'), calibration: range(0, 64, sample), fresh: range(150, 190, sample) }; // prettier-ignore
};
const dscnn = () => {
  const bytes = new Int8Array(readData('mlperf-tiny', 'kws01_i8_500x49x10.bin'));
  const sample = (i: number) => Float32Array.from(bytes.subarray(i * 490, (i + 1) * 490), (q) => (q - 83) * 0.5847029); // prettier-ignore
  return { model: load('kws01_dscnn_purefloat.tflite'), calibration: range(0, 100, sample), fresh: range(300, 400, sample) }; // prettier-ignore
};

/** Channels of neighbouring layers scaled apart, as training with batch norm may leave them: the same function. */
function spoiled(model: Model): Model {
  const r = random(1);
  const tensors = [...model.tensors];
  const weighted = model.layers.filter(isWeighted);
  weighted.slice(0, -1).forEach((first, n) => {
    const second = weighted[n + 1]!;
    if (second.input !== first.output) return;
    const channels = tensors[first.output]!.shape.at(-1)!;
    const factors = range(0, channels, () => 2 ** r.integer(-3, 3));
    const scale = (id: number, factorOf: (i: number) => number) =>
      (tensors[id] = { ...tensors[id]!, data: (tensors[id]!.data as Float32Array).map((v, i) => v * factorOf(i)) }); // prettier-ignore
    const fanIn = tensors[first.weights]!.data!.length / channels;
    scale(first.weights, (i) => factors[first.kind === 'depthwiseConv2d' ? i % channels : Math.floor(i / fanIn)]!); // prettier-ignore
    scale(first.bias!, (i) => factors[i]!);
    scale(second.weights, (i) => 1 / factors[i % channels]!);
  });
  return { ...model, tensors };
}

describeWithData()('real models, measured on samples that did not calibrate', () => {
  test.each([
    ['ResNet-8', resnet, { sparsity: 0.6, bits: 2.5 }, [2, 3]],
    ['DS-CNN', dscnn, { sparsity: 0.5, bits: 4 }, [1, 5]],
  ] as const)('%s: bias correction, then reconstruction lift the output out of the noise', async (_, data, budget, [bias, rebuilt]) => {
    const { model, calibration, fresh } = data();
    const compressed = compressWeights(model, { budget });
    /** Of the logits: the softmax behind them hides what is lost. */
    const decibels = async (c: WeightCompression) => (await layerErrors(model, c.model, fresh)).layers.at(-1)!.decibels;
    const before = await decibels(compressed);
    const corrected = await decibels(await correctBias(model, compressed, calibration));
    const started = Date.now();
    const { compression, layers } = await reconstructLayers(model, compressed, calibration);
    expect(Date.now() - started).toBeLessThan(60_000);
    expect(layers.every((l) => l.after! < l.before!)).toBe(true);
    expect(corrected).toBeGreaterThan(before + bias);
    expect(await decibels(compression)).toBeGreaterThan(corrected + rebuilt);
  }, 240_000);

  test('DS-CNN with its channels scaled apart: equalisation brings them together again', async () => {
    const { model, fresh } = dscnn();
    const apart = spoiled(model);
    const decibels = async (m: Model) =>
      (await layerErrors(m, compressWeights(m, { budget: { sparsity: 0.3, bits: 5 } }).model, fresh)).layers.at(-1)!.decibels;
    expect(await decibels(equaliseLayers(apart))).toBeGreaterThan((await decibels(apart)) + 3);
  }, 120_000);
}); // prettier-ignore
