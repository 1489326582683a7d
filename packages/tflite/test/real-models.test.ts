import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { crc32, elementCount, isWeighted, tensorOf, type Model } from '@opq/ir';
import { readTflite, writeTflite } from '../src';

const data = process.env['OPQ_TEST_DATA'] ?? resolve(__dirname, '../../../../shared/data');
const have = existsSync(data);
if (!have) console.warn(`skipped: tests on real models (${data} is absent; set OPQ_TEST_DATA)`);
const real = have ? describe : describe.skip;
const read = (file: string) => readTflite(readFileSync(resolve(data, file)), file);

/** Jest compares large arrays slowly; their checksums say the same. */
const withChecksums = (model: Model) => ({
  ...model,
  tensors: model.tensors.map(({ data, ...tensor }) => ({
    ...tensor,
    data:
      data &&
      `${data.constructor.name} ${crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`,
  })),
});

real('real models', () => {
  test.each([
    ['mlperf-tiny/ic01_resnet8_float.tflite', 16, 77_706, 'float32'],
    ['mlperf-tiny/ic01_resnet8_int8.tflite', 16, 77_706, 'int8'],
    ['mlperf-tiny/kws01_dscnn_purefloat.tflite', 13, 22_604, 'float32'],
    ['mlperf-tiny/kws01_dscnn_int8.tflite', 13, 22_604, 'int8'],
    ['mlperf-tiny/kws01_dscnn_hybrid_as_published_float32.tflite', 13, 22_604, 'float32'],
    ['lenet/lenet300100_mnist_original.tflite', 4, 266_610, 'float32'],
    ['lenet/lenet5_mnist_original.tflite', 8, 431_080, 'float32'],
    ['imagenet/mobilenet_v1_0.25_224_imagenet.tflite', 35, undefined, 'float32'],
    ['imagenet/mobilenet_v2_1.0_224_int8perch.tflite', 66, undefined, 'int8'],
    ['tflm-examples/hello_world_float.tflite', 3, 321, 'float32'],
    ['tflm-examples/hello_world_int8.tflite', 3, 321, 'int8'],
    ['tflm-examples/micro_speech_quantized.tflite', 4, undefined, 'int8'],
    ['tflm-examples/person_detect.tflite', 31, undefined, 'int8'],
  ])('%s is read, and written back equal', (file, layers, parameters, type) => {
    const model = read(file);
    expect(model.layers).toHaveLength(layers);
    expect(tensorOf(model, model.inputs[0]!).type).toBe(type);
    if (parameters !== undefined) {
      const ids = model.layers
        .filter(isWeighted)
        .flatMap((l) => [l.weights, ...(l.bias === undefined ? [] : [l.bias])]);
      expect(ids.reduce((n, id) => n + elementCount(tensorOf(model, id).shape), 0)).toBe(parameters);
    }
    expect(withChecksums(readTflite(writeTflite(model), file))).toEqual(withChecksums(model));
  });

  test.each([
    ['tflm-examples/keyword_scrambled_8bit.tflite', 'SVDF (operator 1, making tensor 5); SVDF (operator 3'],
    [
      'tflm-examples/trained_lstm.tflite',
      'UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0, making tfl.unidirectional_sequence_lstm).',
    ],
    [
      'tflm-examples/trained_lstm_int8.tflite',
      'UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0, making tfl.unidirectional_sequence_lstm).',
    ],
    [
      'tflm-examples/dtln_noise_suppression.tflite',
      'UNIDIRECTIONAL_SEQUENCE_LSTM (operator 0, making tfl.unidirectional_sequence_lstm); UNIDIRECTIONAL_SEQUENCE_LSTM (operator 1',
    ],
    [
      'tflm-examples/audio_preprocessor_int8.tflite',
      'CUSTOM "SignalWindow" (operator 0, making signal_window)',
    ],
  ])('%s is refused with every operator and its place', (file, part) => {
    expect(() => read(file)).toThrow(part);
    expect(() => read(file)).toThrow(expect.objectContaining({ code: 'OPQ0203' }));
  });

  test('a dynamic-range model is the float model behind its stored integers', () => {
    const hybrid = read('mlperf-tiny/kws01_dscnn_hybrid_as_published_float32.tflite');
    expect(hybrid.tensors.every((t) => t.type === 'float32')).toBe(true);
  });
});
