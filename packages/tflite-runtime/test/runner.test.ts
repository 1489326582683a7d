import { tensorOf, type Layer, type Model } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { withZeroBiases } from '@opq/backend-tflite';
import { toFloatModel } from '@opq/core';
import { createFloatInterpreter, createIntegerInterpreter, dequantise } from '@opq/reference';
import { readTflite, writeTflite } from '@opq/tflite';
import { describeWithData, readData } from '../../../tools/testing';
import { openTflite, type TfliteElements } from '../src';

/** Inputs like those of a data set, from a fixed formula. */
function noise(count: number, type: 'float32' | 'int8', seed: number): TfliteElements {
  let state = 0x9e3779b9 ^ (seed + 1);
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return type === 'int8'
    ? Int8Array.from({ length: count }, () => Math.floor(next() * 256) - 128)
    : Float32Array.from({ length: count }, () => 2 * next() - 1);
}

const countOf = (model: Model) => tensorOf(model, model.inputs[0]!).shape.reduce((n, d) => n * d, 1);

/**
 * Whether "same" padding would be negative, because the last stride leaps past the end: TensorFlow then pads nothing, and this
 * runtime's kernels shift the image instead.
 */
function leaps(model: Model, layer: Layer): boolean {
  if (layer.kind !== 'conv2d' && layer.kind !== 'depthwiseConv2d') return false;
  const [input, kernel, output] = [layer.input, layer.weights, layer.output].map(
    (id) => tensorOf(model, id).shape,
  );
  return [0, 1].some((d) => {
    const reach = (kernel![d + 1]! - 1) * layer.dilation[d]! + 1;
    return (output![d + 1]! - 1) * layer.stride[d]! + reach < input![d + 1]!;
  });
}

test('float networks that we write compute in the runtime what they compute here', async () => {
  let [ran, worst] = [0, 0];
  for (let seed = 0; seed < 60; seed++) {
    const { model } = generateModel(seed);
    const float = withZeroBiases(toFloatModel(model).model);
    if (float.layers.some((layer) => leaps(float, layer))) continue;
    let file: Uint8Array;
    try {
      file = writeTflite(float);
    } catch {
      continue;
    }
    const runner = await openTflite(file, 'generated');
    const input = dequantise(generateInput({ model }, 1), tensorOf(model, model.inputs[0]!).quantisation!);
    const wanted = createFloatInterpreter(float).run([input])[0]!;
    const got = runner.run([input])[0]!;
    const size = wanted.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);
    worst = Math.max(worst, ...wanted.map((v, i) => Math.abs(v - got[i]!) / size));
    runner.close();
    ran++;
  }
  expect(ran).toBeGreaterThan(30);
  // Sums in float32 there, in double precision here.
  expect(worst).toBeLessThan(1e-4);
}, 120_000);

describeWithData()('real models', () => {
  test.each([
    ['mlperf-tiny', 'ic01_resnet8_float.tflite'],
    ['mlperf-tiny', 'ic01_resnet8_int8.tflite'],
    ['mlperf-tiny', 'kws01_dscnn_purefloat.tflite'],
    ['mlperf-tiny', 'kws01_dscnn_int8.tflite'],
    ['lenet', 'lenet300100_mnist_original.tflite'],
    ['lenet', 'lenet5_mnist_original.tflite'],
    ['imagenet', 'mobilenet_v1_0.25_224_imagenet.tflite'],
    ['imagenet', 'mobilenet_v2_1.0_224_int8perch.tflite'],
  ])(
    '%s/%s gives the same bytes before and after it was read and written',
    async (folder, file) => {
      const original = readData(folder, file);
      const model = readTflite(original, file);
      const [before, after] = [await openTflite(original, file), await openTflite(writeTflite(model), file)];
      const type = tensorOf(model, model.inputs[0]!).type as 'float32' | 'int8';
      for (let seed = 0; seed < 5; seed++) {
        const input = noise(countOf(model), type, seed);
        // A published file may take and give uint8 where the network is int8, 128 apart.
        const given = before.inputs[0]!.type === 'uint8' ? Uint8Array.from(input, (q) => q + 128) : input;
        const [wanted, got] = [before.run([given])[0]!, after.run([input])[0]!];
        const signed = wanted instanceof Uint8Array ? Int8Array.from(wanted, (q) => q - 128) : wanted;
        expect(Buffer.from(got.buffer).equals(Buffer.from(signed.buffer))).toBe(true);
      }
      before.close();
      after.close();
    },
    60_000,
  );

  test.each(['ic01_resnet8_int8.tflite', 'kws01_dscnn_int8.tflite'])(
    '%s: each layer, fed what the oracle feeds it, gives what the oracle gives, one step apart at most',
    async (file) => {
      const model = readTflite(readData('mlperf-tiny', file), file);
      const oracle = createIntegerInterpreter(model);
      const names = ['ic01_u8_200x32x32x3.bin', 'kws01_i8_500x49x10.bin'];
      const samples = readData('mlperf-tiny', file.startsWith('ic') ? names[0]! : names[1]!);
      const count = countOf(model);
      const apart = new Map<string, number>();
      let [equal, all] = [0, 0];
      for (let i = 0; i < 3; i++) {
        const raw = samples.subarray(i * count, (i + 1) * count);
        const input = Int8Array.from(raw, (v) => (file.startsWith('ic') ? v - 128 : (v << 24) >> 24));
        const values = new Map<number, Int8Array>();
        oracle.run([input], (id, v) => values.set(id, Int8Array.from(v)));
        for (const layer of model.layers) {
          const inputs = 'inputs' in layer ? layer.inputs : [layer.input];
          const runner = await openTflite(
            writeTflite({ ...model, layers: [layer], inputs, outputs: [layer.output] }),
            file,
          );
          const got = runner.run(inputs.map((id) => values.get(id)!))[0]!;
          values.get(layer.output)!.forEach((v, k) => {
            apart.set(layer.kind, Math.max(apart.get(layer.kind) ?? 0, Math.abs(v - got[k]!)));
            if (v === got[k]) equal++;
            all++;
          });
          runner.close();
        }
      }
      console.log(
        `${file}: ${((100 * equal) / all).toFixed(2)} % of all values equal; apart at most ${JSON.stringify(Object.fromEntries(apart))}`,
      );
      for (const [kind, steps] of apart) expect([kind, steps <= 1]).toEqual([kind, true]);
      expect(equal / all).toBeGreaterThan(0.95);
    },
    120_000,
  );
});

describe('errors', () => {
  const writable = (seed: number): Model => {
    const { model } = generateModel(seed);
    const explicit = model.layers.some((l) => 'padding' in l && l.padding.mode === 'explicit');
    return explicit ? writable(seed + 1) : model;
  };
  const model = withZeroBiases(writable(3));
  test('what the runtime does not take is said in its words', async () => {
    await expect(openTflite(new Uint8Array(100), 'zeros.tflite')).rejects.toMatchObject({ code: 'OPQ1701' });
    const half = writeTflite(model).slice(0, 200);
    await expect(openTflite(half, 'half.tflite')).rejects.toMatchObject({ code: 'OPQ1701' });
  });
  test('an input of another length or type', async () => {
    const runner = await openTflite(writeTflite(model), 'm.tflite');
    expect(() => runner.run([new Int8Array(1)])).toThrow(expect.objectContaining({ code: 'OPQ1702' }));
    expect(() => runner.run([new Float32Array(countOf(model))])).toThrow(
      expect.objectContaining({ code: 'OPQ1702' }),
    );
    expect(() => runner.run([])).toThrow(expect.objectContaining({ code: 'OPQ1702' }));
  });
});
