import { elementCount, tensorOf, type Model } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { toFloatModel } from '@opq/core';
import { createFloatInterpreter } from '@opq/reference';
import { readTflite } from '@opq/tflite';
import { describeWithData, readData } from '../../../tools/testing';
import { readOnnx } from '../src';
import { difference, judge, noise, turned } from './compare';
import { exportOnnx, permute, STYLES, type Style } from './export';

/** Inputs as the network takes them, and NCHW for onnxruntime. */
function samples(model: Model, seed: number) {
  return model.inputs.map((id) => {
    const { shape } = tensorOf(model, id);
    const data = noise(shape, seed);
    const image = shape.length === 4;
    return {
      ours: data,
      onnx: image
        ? { shape: [0, 3, 1, 2].map((axis) => shape[axis]!), data: permute(data, shape, [0, 3, 1, 2]) }
        : { shape, data },
    };
  });
}

/** Largest differences of the exported twin from the original, and of both from onnxruntime. */
async function differences(model: Model, style: Style, seed: number) {
  const { bytes } = exportOnnx(model, style);
  const start = performance.now();
  const twin = readOnnx(bytes, 'twin.onnx');
  const milliseconds = performance.now() - start;
  const inputs = samples(model, seed);
  const ours = inputs.map((input) => input.ours);
  const wanted = createFloatInterpreter(model).run(ours);
  const got = createFloatInterpreter(twin).run(ours);
  const judged = await judge(
    bytes,
    Object.fromEntries(inputs.map(({ onnx }, i) => [`input${i}`, onnx] as const)),
  );
  return {
    twin,
    milliseconds,
    fromOriginal: Math.max(...wanted.map((values, i) => difference(got[i]!, values))),
    fromJudge: Math.max(
      ...judged.map((values, i) =>
        difference(got[i]!, values.shape.length === 4 && tensorOf(twin, twin.outputs[i]!).shape.join() !== values.shape.join() ? turned(values).data : values.data),
      ),
    ),
  }; // prettier-ignore
}

describeWithData()('real models', () => {
  test.each(
    [
      ['mlperf-tiny', 'ic01_resnet8_float.tflite'],
      ['mlperf-tiny', 'kws01_dscnn_purefloat.tflite'],
      ['lenet', 'lenet5_mnist_original.tflite'],
      ['lenet', 'lenet300100_mnist_original.tflite'],
    ].flatMap(([folder, file]) => STYLES.map((style, i) => [folder!, file!, i, style] as const)),
  )(
    '%s/%s, exported in style %d, computes the same',
    async (folder, file, _, style) => {
      const model = readTflite(readData(folder, file), file);
      for (const seed of [1, 2]) {
        const { fromOriginal, fromJudge, milliseconds } = await differences(model, style, seed);
        expect([fromOriginal < 1e-5, fromJudge < 1e-5]).toEqual([true, true]);
        expect(milliseconds).toBeLessThan(2000);
      }
    },
    60_000,
  );

  test.each([
    ['mlperf-tiny', 'ic01_resnet8_float.tflite'],
    ['lenet', 'lenet5_mnist_original.tflite'],
  ])('%s/%s comes back layer for layer', (folder, file) => {
    const model = readTflite(readData(folder, file), file);
    const twin = readOnnx(exportOnnx(model, STYLES[0]!).bytes, file);
    const described = ({ layers, ...rest }: Model) =>
      layers.map((layer) => [
        layer.kind,
        'activation' in layer ? layer.activation : '',
        tensorOf({ layers, ...rest }, layer.output).shape,
      ]);
    expect(described(twin)).toEqual(described(model));
  });
});

test('generated networks, exported in every style, compute the same', async () => {
  let tried = 0;
  for (let seed = 0; seed < 150; seed++) {
    const { model } = toFloatModel(generateModel(seed).model);
    if (model.tensors.some((t) => elementCount(t.shape) > 20_000)) continue;
    for (const style of STYLES) {
      const { fromOriginal, fromJudge } = await differences(model, style, seed);
      expect([seed, style, fromOriginal < 1e-5, fromJudge < 1e-5]).toEqual([seed, style, true, true]);
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(300);
}, 120_000);
