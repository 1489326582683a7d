import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { cliErrors } from '@opq/errors';
import { elementCount, tensorOf, type Model, type Quantisation } from '@opq/ir';
import { createFloatInterpreter, createIntegerInterpreter, dequantise, quantiseInput } from '@opq/reference';
import { isTflite } from '@opq/tflite';
import { openTflite } from '@opq/tflite-runtime';
import { loadCompressedModel, loadModel } from '../load';

/** What runs networks on this machine, as options name it. */
export const HOST_RUNTIMES = ['auto', 'opq', 'tflite'] as const;
/** opq: our interpreter, the oracle; tflite: TensorFlow Lite's own; auto: tflite for what it takes, else opq. */
export type HostRuntime = (typeof HOST_RUNTIMES)[number];

/** Outputs of one inference: as the network computes them, and the real numbers they stand for. */
interface HostOutput {
  readonly raw: Float32Array | Int8Array;
  readonly real: Float32Array;
}

/** A network that runs on this machine, whatever its file and runtime. One input, one output. */
export interface HostNetwork {
  /** As it was read, before anything is rounded. */
  readonly model: Model;
  /** What runs it: opq's own interpreters, or TensorFlow Lite. */
  readonly runtime: 'opq' | 'tflite';
  /** Bytes of the file. */
  readonly bytes: number;
  /** Elements of an input. */
  readonly inputLength: number;
  /** How an int8 input stands for real numbers; undefined for float32. */
  readonly input: Quantisation | undefined;
  /** The same of the output. */
  readonly output: Quantisation | undefined;
  /** One inference. @param sample real values, row-major */
  infer(sample: Float32Array): HostOutput;
  /** Lets go of the runtime's memory. */
  close(): void;
}

type Elements = Float32Array | Int8Array;

interface Engine {
  run(input: Elements): Elements;
  close(): void;
}

/**
 * Opens a network of any format that opq reads, to run it on this machine.
 * @throws OPQ0904, OPQ0905, OPQ0915 for a network of several inputs, OPQ1701, and what the format's reader throws
 */
export async function openNetwork(path: string, runtime: HostRuntime): Promise<HostNetwork> {
  const isOpq = path.endsWith('.opq');
  const model = isOpq ? loadCompressedModel(path).model : await loadModel(path);
  const bytes = new Uint8Array(readFileSync(path));
  const [inputId] = model.inputs;
  const [outputId] = model.outputs;
  if (inputId === undefined || outputId === undefined || model.inputs.length + model.outputs.length > 2)
    throw cliErrors.severalInputs(path, model.inputs.length, model.outputs.length);
  const [input, output] = [tensorOf(model, inputId), tensorOf(model, outputId)];
  const { engine, used } = await openEngine(model, bytes, basename(path), runtime);
  const inputLength = elementCount(input.shape);
  return {
    model,
    runtime: used,
    bytes: bytes.length,
    inputLength,
    input: input.quantisation,
    output: output.quantisation,
    infer(sample) {
      if (sample.length !== inputLength) throw cliErrors.wrongDataShape(sample.length, inputLength);
      const raw = engine.run(
        input.quantisation === undefined ? sample : quantiseInput(sample, input.quantisation),
      );
      const real =
        raw instanceof Float32Array
          ? raw
          : dequantise(raw, output.quantisation ?? { scales: [1], zeroPoints: [0], axis: 0 });
      return { raw, real };
    },
    close: engine.close,
  };
}

async function openEngine(
  model: Model,
  bytes: Uint8Array,
  place: string,
  runtime: HostRuntime,
): Promise<{ readonly engine: Engine; readonly used: 'opq' | 'tflite' }> {
  if (runtime === 'tflite' || (runtime === 'auto' && isTflite(bytes)))
    try {
      const runner = await openTflite(bytes, place);
      // A file may take and give uint8 where its network is int8, 128 apart.
      const unsigned = {
        input: runner.inputs[0]?.type === 'uint8',
        output: runner.outputs[0]?.type === 'uint8',
      };
      const run = (input: Elements): Elements => {
        const [output] = runner.run([unsigned.input ? Uint8Array.from(input, (q) => q + 128) : input]);
        return unsigned.output ? Int8Array.from(output ?? [], (q) => q - 128) : (output as Elements);
      };
      return { engine: { run, close: () => runner.close() }, used: 'tflite' };
    } catch (error) {
      // What only TFLM decodes, ours decodes too.
      if (runtime === 'tflite') throw error;
    }
  const close = (): void => undefined;
  if (tensorOf(model, model.inputs[0] as never).type === 'float32') {
    const network = createFloatInterpreter(model);
    return {
      engine: { run: (input) => network.run([input as Float32Array])[0] as Elements, close },
      used: 'opq',
    };
  }
  const network = createIntegerInterpreter(model);
  return { engine: { run: (input) => network.run([input as Int8Array])[0] as Elements, close }, used: 'opq' };
}
