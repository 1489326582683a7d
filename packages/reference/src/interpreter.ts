import { elementCount, tensorOf, type Model, type TensorId } from '@opq/ir';
import { referenceErrors } from '@opq/errors';
import { floatStep } from './float/steps';
import { integerStep } from './integer/steps';

/** Sees every activation as it is made, the inputs too; the array is only valid during the call. */
export type Observer<T> = (id: TensorId, values: T) => void;

/** A model ready to run; not to be entered twice at once, because it owns its buffers. */
export interface Interpreter<T> {
  /**
   * One inference.
   * @param inputs one array per model input, row-major
   * @returns one fresh array per model output
   * @throws OPQ1001 when an input has the wrong length
   */
  run(inputs: readonly T[], observe?: Observer<T>): readonly T[];
}

type Elements = Float32Array | Int8Array;

function interpreter<T extends Elements>(
  model: Model,
  allocate: (count: number) => T,
  constant: (id: TensorId) => T | undefined,
  steps: readonly ((value: (id: TensorId) => T, output: T) => void)[],
): Interpreter<T> {
  const buffers = model.tensors.map((tensor, id) =>
    tensor.data === undefined ? allocate(elementCount(tensor.shape)) : constant(id as TensorId),
  );
  const value = (id: TensorId): T => {
    const buffer = buffers[id];
    if (buffer === undefined) throw new RangeError(`tensor ${id} is not an activation`);
    return buffer;
  };
  return {
    run(inputs, observe) {
      model.inputs.forEach((id, i) => {
        const buffer = value(id);
        const input = inputs[i];
        if (input?.length !== buffer.length)
          throw referenceErrors.wrongInput(model.name, i, input?.length ?? 0, buffer.length);
        buffer.set(input);
        observe?.(id, buffer);
      });
      model.layers.forEach((layer, i) => {
        const output = value(layer.output);
        steps[i]?.(value, output);
        observe?.(layer.output, output);
      });
      return model.outputs.map((id) => value(id).slice() as T);
    },
  };
}

/** Runs a float32 model; sums are kept in double precision. @throws OPQ1003 for a model that is not float32 throughout */
export function createFloatInterpreter(model: Model): Interpreter<Float32Array> {
  const constant = (id: TensorId): Float32Array | undefined => {
    const { data } = tensorOf(model, id);
    return data instanceof Float32Array ? data : undefined;
  };
  return interpreter(
    model,
    (n) => new Float32Array(n),
    constant,
    model.layers.map((layer) => floatStep(model, layer)),
  );
}

/**
 * Runs a full-int8 model bit for bit as TFLite's reference kernels do, with double rounding: the oracle of every device.
 * @throws OPQ1002 for a model that is not int8 throughout
 */
export function createIntegerInterpreter(model: Model): Interpreter<Int8Array> {
  const constant = (id: TensorId): Int8Array | undefined => {
    const { data } = tensorOf(model, id);
    return data instanceof Int8Array ? data : undefined;
  };
  return interpreter(
    model,
    (n) => new Int8Array(n),
    constant,
    model.layers.map((layer) => integerStep(model, layer)),
  );
}
