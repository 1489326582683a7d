import { elementCount, tensorOf } from '@opq/ir';
import { readTflite } from '@opq/tflite';
import { dataFile, describeWithData, readData } from '../../../tools/testing';
import { createFloatInterpreter, createIntegerInterpreter } from '../src';

const int8 = (bytes: Uint8Array) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
const load = (file: string) => readTflite(readData('mlperf-tiny', file), file);
const classOf = (values: ArrayLike<number>) => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};
const labels = (file: string) =>
  Buffer.from(readData('mlperf-tiny', file))
    .toString()
    .trim()
    .split('\n')
    .map((row) => Number(row.split(',').at(-1)));

/** What TensorFlow Lite Micro's own reference kernels gave on an emulated Cortex-M4. */
describeWithData()('golden outputs of TFLM', () => {
  const imageBytes = () => Int8Array.from(readData('mlperf-tiny', 'ic01_u8_200x32x32x3.bin'), (v) => v - 128);
  test.each([
    ['ic01_resnet8_int8.tflite', 'ic01_int8_tflm_ref_first100_i8_100x10.bin', imageBytes, 100],
    ['ic01_resnet8_int8.tflite', 'ic01_int8_tflm_ref_random_i8_100x10.bin', () => int8(readData('mlperf-tiny', 'golden', 'ic01_random_i8_100x32x32x3.bin')), 100],
    ['kws01_dscnn_int8.tflite', 'kws01_int8_tflm_ref_first200_i8_200x12.bin', () => int8(readData('mlperf-tiny', 'kws01_i8_500x49x10.bin')), 200],
    ['kws01_dscnn_int8.tflite', 'kws01_int8_tflm_ref_random_i8_100x12.bin', () => int8(readData('mlperf-tiny', 'golden', 'kws01_random_i8_100x49x10.bin')), 100],
  ] as const)('%s: every byte of %s', (model, golden, inputs, samples) => {
    const network = load(model);
    const oracle = createIntegerInterpreter(network);
    const size = elementCount(tensorOf(network, network.inputs[0]!).shape);
    const all = inputs();
    const got = Array.from({ length: samples }, (_, i) =>
      Array.from(oracle.run([all.subarray(i * size, (i + 1) * size)])[0]!),
    );
    expect(Buffer.from(Int8Array.from(got.flat()).buffer).equals(readData('mlperf-tiny', 'golden', golden))).toBe(true);
  }, 60_000); // prettier-ignore
});

describeWithData()('float models', () => {
  test('ResNet-8 classifies as its authors measured', () => {
    const network = createFloatInterpreter(load('ic01_resnet8_float.tflite'));
    const images = readData('mlperf-tiny', 'ic01_u8_200x32x32x3.bin');
    const right = labels('ic01_y_labels.csv').filter(
      (label, i) => classOf(network.run([Float32Array.from(images.subarray(i * 3072, (i + 1) * 3072))])[0]!) === label,
    ); // prettier-ignore
    expect(right.length / 200).toBe(0.855);
  }, 60_000);

  test('DS-CNN classifies as its authors measured', () => {
    const network = createFloatInterpreter(load('kws01_dscnn_purefloat.tflite'));
    const all = int8(readData('mlperf-tiny', 'kws01_i8_500x49x10.bin'));
    const wanted = labels('kws01_y_labels.csv').slice(0, 500);
    const right = wanted.filter((label, i) => {
      const input = Float32Array.from(all.subarray(i * 490, (i + 1) * 490), (q) => (q - 83) * 0.5847029);
      return classOf(network.run([input])[0]!) === label;
    });
    expect(right.length / 500).toBeGreaterThan(0.9);
  }, 60_000);
});

test('the folder of real data is named', () => expect(dataFile()).toBeTruthy());
