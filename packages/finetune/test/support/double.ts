import { elementCount, tensorOf, type Model, type TensorId } from '@opq/ir';
import { floatStep } from '../../../reference/src/float/steps';

/** Elements that stand in for a constant's. */
export type Replaced = ReadonlyMap<TensorId, Float32Array>;

/** The reference interpreter's own steps over double precision, so that finite differences see the function, not its rounding. */
export function runInDouble(model: Model, input: Float64Array, replaced: Replaced = new Map()): Float64Array {
  const changed: Model = {
    ...model,
    tensors: model.tensors.map((tensor, id) => {
      const data = replaced.get(id as TensorId);
      return data === undefined ? tensor : { ...tensor, data };
    }),
  };
  const values = changed.tensors.map(({ data, shape }) =>
    data === undefined ? new Float64Array(elementCount(shape)) : data,
  );
  // The steps only read and write elements; that they are wider here makes no difference to them.
  const value = (id: TensorId): Float32Array => values[id] as unknown as Float32Array;
  value(changed.inputs[0]!).set(input);
  for (const layer of changed.layers) floatStep(changed, layer)(value, value(layer.output));
  return value(changed.outputs[0]!).slice() as unknown as Float64Array;
}

export const inputCount = (model: Model): number => elementCount(tensorOf(model, model.inputs[0]!).shape);
