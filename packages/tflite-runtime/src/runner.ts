import { runtimeErrors } from '@opq/errors';
import { createModule, type ModuleTensor, type TfliteElements, type TfliteModule } from './module';

export type { TfliteElements } from './module';

/** An input or output of a model in the runtime. */
export interface RunnerTensor {
  /** Untrusted text. */
  readonly name: string;
  /** Extents, the batch first. */
  readonly shape: readonly number[];
  /** Of each element. */
  readonly type: 'float32' | 'int8' | 'uint8' | 'int16' | 'int32';
}

/** A model in TensorFlow Lite's runtime; one run at a time. */
export interface TfliteRunner {
  /** In the model's own order, as are outputs. */
  readonly inputs: readonly RunnerTensor[];
  /** In the model's own order. */
  readonly outputs: readonly RunnerTensor[];
  /**
   * One inference.
   * @param inputs one array per input, row-major, of the tensor's own element type
   * @returns one fresh array per output
   * @throws OPQ1702 when an input has another length or type, or the runtime fails
   */
  run(inputs: readonly TfliteElements[]): readonly TfliteElements[];
  /** Lets go of the runtime's memory. */
  close(): void;
}

function typeOf(data: TfliteElements): RunnerTensor['type'] {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint8Array) return 'uint8';
  return data instanceof Int16Array ? 'int16' : 'int32';
}

const describe = (tensor: ModuleTensor): RunnerTensor => ({
  name: tensor.name,
  shape: tensor.shape === '' ? [] : tensor.shape.split(',').map(Number),
  type: typeOf(tensor.data()),
});

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Loads a .tflite into the runtime.
 * @param place what errors call the file
 * @throws OPQ1701 where the runtime does not take it, in its own words
 */
export async function openTflite(bytes: Uint8Array, place: string): Promise<TfliteRunner> {
  const said: string[] = [];
  const module = await createModule((line) => void (line.startsWith('ERROR') && said.push(line)));
  const { runner, release } = load(module, bytes, place, said);
  const tensors = (list: ReturnType<typeof runner.GetInputs>): readonly ModuleTensor[] =>
    Array.from({ length: list.size() }, (_, i) => list.get(i));
  const [inputs, outputs] = [tensors(runner.GetInputs()), tensors(runner.GetOutputs())];
  return {
    inputs: inputs.map(describe),
    outputs: outputs.map(describe),
    run(values) {
      inputs.forEach((tensor, i) => {
        const into = tensor.data();
        const given = values[i];
        if (given?.length !== into.length || given.constructor !== into.constructor)
          throw runtimeErrors.failed(
            place,
            `input ${i} takes ${into.length} elements as ${into.constructor.name}, not ${given?.length ?? 0} as ${given?.constructor.name ?? 'nothing'}`,
          );
        into.set(given);
      });
      let done: boolean;
      try {
        done = runner.Infer();
      } catch (error) {
        throw runtimeErrors.failed(place, reasonOf(error));
      }
      if (!done) throw runtimeErrors.failed(place, said.at(-1) ?? 'it gives no reason');
      return outputs.map((tensor) => tensor.data().slice());
    },
    close: release,
  };
}

function load(module: TfliteModule, bytes: Uint8Array, place: string, said: readonly string[]) {
  const pointer = module._malloc(bytes.length);
  module.HEAPU8.set(bytes, pointer);
  try {
    const created = module.TFLiteWebModelRunner.CreateFromBufferAndOptions(pointer, bytes.length, {
      numThreads: 1,
      enableProfiling: false,
      maxProfilingBufferEntries: 0,
    });
    if (!created.ok()) throw new Error(said.at(0) ?? created.errorMessage());
    const runner = created.value();
    return {
      runner,
      release: (): void => {
        runner.delete();
        module._free(pointer);
      },
    };
  } catch (error) {
    throw runtimeErrors.refused(place, reasonOf(error));
  }
}
