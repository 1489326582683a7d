import { readFileSync } from 'node:fs';

/** Elements of a tensor in its own type, row-major. */
export type TfliteElements = Float32Array | Int8Array | Uint8Array | Int16Array | Int32Array;

/** A tensor as the module shows it; its data stand on the module's heap. */
export interface ModuleTensor {
  readonly name: string;
  /** E.g. "1,32,32,3". */
  readonly shape: string;
  data(): TfliteElements;
}

interface ModuleTensors {
  size(): number;
  get(index: number): ModuleTensor;
}

interface ModuleRunner {
  GetInputs(): ModuleTensors;
  GetOutputs(): ModuleTensors;
  Infer(): boolean;
  /** Lets go of what it holds on the heap. */
  delete(): void;
}

/** What is used of the WebAssembly module inside @tensorflow/tfjs-tflite. */
export interface TfliteModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      pointer: number,
      bytes: number,
      options: {
        readonly numThreads: number;
        readonly enableProfiling: boolean;
        readonly maxProfilingBufferEntries: number;
      },
    ): { ok(): boolean; errorMessage(): string; value(): ModuleRunner };
  };
}

type Factory = (options: {
  readonly wasmBinary: Uint8Array;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}) => Promise<TfliteModule>;

/** A module of its own for each model: what a model does to the heap stays there. @param say is told what the runtime prints */
export async function createModule(say: (line: string) => void): Promise<TfliteModule> {
  const file = require.resolve('@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js');
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const factory = require(file) as Factory;
  return factory({ wasmBinary: readFileSync(file.replace(/\.js$/, '.wasm')), print: say, printErr: say });
}
