import { elementCount, isWeighted, tensorOf, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { createFloatInterpreter } from '@opq/reference';
import { readTflite } from '@opq/tflite';
import { describeWithData, readData } from '../../../tools/testing';
import { readKerasArchive, readKerasH5 } from '../src';
import { exportArchive, exportH5 } from './export';
import { closeWriter } from './hdf5-writer';
import { kerasTwin } from './twins';

afterAll(closeWriter);

/** The real values of an input, element by element. */
type Samples = () => (index: number) => number;
const raw =
  (file: string, real: (byte: number) => number): Samples =>
  () => {
    const bytes = readData('mlperf-tiny', file);
    return (index) => real(bytes[index]!);
  };
const noise: Samples = () => {
  const r = random(5);
  return () => r.real(0, 1);
};

const SAMPLES = 5;

/** Largest difference over some samples, relative to the range of the twin's outputs. */
function difference(twin: Model, model: Model, samples: Samples): number {
  const [a, b] = [createFloatInterpreter(twin), createFloatInterpreter(model)];
  const count = elementCount(tensorOf(twin, twin.inputs[0]!).shape);
  const value = samples();
  let [most, low, high] = [0, Infinity, -Infinity];
  for (let s = 0; s < SAMPLES; s++) {
    const input = Float32Array.from({ length: count }, (_, i) => value(s * count + i));
    const [wanted, found] = [a.run([input])[0]!, b.run([input])[0]!];
    wanted.forEach((w, i) => {
      most = Math.max(most, Math.abs(w - found[i]!));
      [low, high] = [Math.min(low, w), Math.max(high, w)];
    });
  }
  return most / (high - low);
}

/** Without the softmax at the end, which would hide differences where one class is certain. */
function withoutSoftmax(model: Model): Model {
  const last = model.layers.at(-1);
  if (last?.kind !== 'softmax') throw new Error('no softmax');
  return { ...model, layers: model.layers.slice(0, -1), outputs: [last.input] };
}

describeWithData()('twins of real models', () => {
  test.each([
    ['mlperf-tiny/ic01_resnet8_float.tflite', false, raw('ic01_u8_200x32x32x3.bin', (b) => b)],
    ['mlperf-tiny/kws01_dscnn_purefloat.tflite', true, raw('kws01_i8_500x49x10.bin', (b) => (((b << 24) >> 24) - 83) * 0.5847029)],
    ['mlperf-tiny/kws01_dscnn_purefloat.tflite', false, noise],
    ['lenet/lenet5_mnist_original.tflite', true, noise],
  ])('%s (sequential: %s)', async (file, sequential, samples) => {
    const twin = readTflite(readData(file), file);
    const spec = kerasTwin(twin, random(9), sequential);
    const reads = {
      'h5 of Keras 2': async () => readKerasH5(await exportH5(spec, 2), 'twin.h5'),
      'h5 of Keras 3': async () => readKerasH5(await exportH5(spec, 3), 'twin.h5'),
      keras: async () => readKerasArchive(await exportArchive(spec), 'twin.keras'),
    };
    for (const [format, read] of Object.entries(reads)) {
      const model = await read();
      const found = difference(withoutSoftmax(twin), withoutSoftmax(model), samples);
      if (process.env['OPQ_FIGURES']) process.stderr.write(`${file} ${format}: ${found.toExponential(2)}\n`);
      expect(found).toBeLessThan(1e-5);
      expect(difference(twin, model, samples)).toBeLessThan(1e-5);
      expect(model.layers.filter(isWeighted)).toHaveLength(twin.layers.filter(isWeighted).length);
      expect(model.layers.filter((l) => l.kind === 'relu' || l.kind === 'relu6')).toEqual([]);
    }
  }, 60_000); // prettier-ignore

  test('reading takes no longer than starting the library', async () => {
    const file = 'mlperf-tiny/ic01_resnet8_float.tflite';
    const spec = kerasTwin(readTflite(readData(file), file), random(9), false);
    const bytes = await exportH5(spec, 2);
    const start = performance.now();
    await readKerasH5(bytes, 'x.h5');
    const time = performance.now() - start;
    if (process.env['OPQ_FIGURES']) process.stderr.write(`read in ${time.toFixed(0)} ms\n`);
    expect(time).toBeLessThan(5000);
  });
});
