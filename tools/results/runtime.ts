import { readFileSync } from 'node:fs';
import { tensorOf, type Model } from '@opq/ir';
import { writeTflite } from '@opq/tflite';

/** What is used of the wasm module inside @tensorflow/tfjs-tflite. */
interface TfliteModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      pointer: number,
      bytes: number,
      options: {
        readonly numThreads: number;
        readonly enableProfiling: boolean;
        readonly maxProfilingBufferEntries: number;
      },
    ): { ok(): boolean; errorMessage(): string; value(): Runner };
  };
}

interface TensorInfo {
  data(): Float32Array;
}

interface TensorList {
  get(index: number): TensorInfo;
}

interface Runner {
  GetInputs(): TensorList;
  GetOutputs(): TensorList;
  Infer(): boolean;
  cleanUp(): void;
}

type Factory = (options: { readonly wasmBinary: Uint8Array }) => Promise<TfliteModule>;

/** Runs a float32 model; the array it returns is only valid until the next call. */
export type Inference = (input: Float32Array) => Float32Array;

/**
 * A float32 model in the TensorFlow Lite runtime (wasm): about thirty times as fast as the interpreter of @opq/reference.
 * One module per model, because a runtime keeps what a model did to its heap.
 */
export async function createInference(model: Model): Promise<Inference> {
  const file = require.resolve('@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js');
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const factory = require(file) as Factory;
  const module = await factory({ wasmBinary: readFileSync(file.replace(/\.js$/, '.wasm')) });
  const bytes = writeTflite(model);
  const pointer = module._malloc(bytes.length);
  module.HEAPU8.set(bytes, pointer);
  const created = module.TFLiteWebModelRunner.CreateFromBufferAndOptions(pointer, bytes.length, {
    numThreads: 1,
    enableProfiling: false,
    maxProfilingBufferEntries: 0,
  });
  if (!created.ok()) throw new Error(`the runtime refuses ${model.name}: ${created.errorMessage()}`);
  const runner = created.value();
  const count = tensorOf(model, model.inputs[0] as never).shape.reduce((n, d) => n * d, 1);
  return (input) => {
    if (input.length !== count) throw new RangeError(`${input.length} values for ${count}`);
    runner.GetInputs().get(0).data().set(input);
    if (!runner.Infer()) throw new Error(`the runtime failed on ${model.name}`);
    return runner.GetOutputs().get(0).data();
  };
}
