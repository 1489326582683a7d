import type { Model } from '@opq/ir';

/** The same network, its input in int8 steps. */
export const withQuantisation = (model: Model, scale: number, zeroPoint: number): Model => ({
  ...model,
  tensors: model.tensors.map((tensor, id) =>
    id === model.inputs[0]
      ? { ...tensor, quantisation: { scales: Float32Array.of(scale), zeroPoints: Int32Array.of(zeroPoint), axis: 0 } }
      : tensor,
  ),
}) as Model; // prettier-ignore
