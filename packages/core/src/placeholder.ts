import type { ActivationRange, CompressedModel, Model, TensorId } from '@opq/ir';
import { quantiseActivations } from './activations';
import type { WeightCompression } from './compress';
import { quantiseModel } from './quantise';
import { fromInt8Model, toFloatModel } from './views';

/**
 * Some int8 form of a model, before anything is calibrated: the graph is that of any other int8 form, scales and biases are
 * made up. What a target refuses does not depend on them, and what it stores besides weights hardly does.
 * @param compression of this very model; plain int8 without it
 * @throws OPQ03xx where there is no int8 form
 */
export function placeholderInt8(source: Model, compression?: WeightCompression): CompressedModel {
  const { model, activations } = toFloatModel(source);
  if (activations !== undefined && compression === undefined) return fromInt8Model(source);
  const range: ActivationRange = { min: -1, max: 1 };
  const ids: readonly TensorId[] = [...model.inputs, ...model.layers.map((layer) => layer.output)];
  // Biases may not fit the made-up scales; without their values the graph is the same.
  const tensors = model.tensors.map((t) =>
    t.data instanceof Float32Array && t.shape.length === 1
      ? { ...t, data: new Float32Array(t.data.length) }
      : t,
  );
  return quantiseModel(
    { ...model, tensors },
    compression,
    quantiseActivations(model, new Map(ids.map((id) => [id, range]))),
  );
}
