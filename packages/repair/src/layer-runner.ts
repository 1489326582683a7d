import { isWeighted, layerInputs, tensorOf, type Activation, type Layer, type Model, type TensorId } from '@opq/ir'; // prettier-ignore
import { createFloatInterpreter } from '@opq/reference';

/** Computes one layer by itself. */
export interface LayerRunner {
  /** Tensors that `run` wants, constants left out, in this order. */
  readonly inputs: readonly TensorId[];
  /** @returns a fresh array: the layer's output, before its activation if it is a weighted one */
  run(inputs: readonly Float32Array[]): Float32Array;
}

export function layerRunner(model: Model, layer: Layer): LayerRunner {
  const alone: Layer = isWeighted(layer) ? { ...layer, activation: 'none' } : layer;
  const touched = new Set([...layerInputs(layer), layer.output]);
  const inputs = [...new Set(layerInputs(layer))].filter((id) => tensorOf(model, id).data === undefined);
  const network = createFloatInterpreter({
    name: model.name,
    // Tensors of other layers get no buffers to speak of.
    tensors: model.tensors.map((tensor, id) =>
      touched.has(id as TensorId) ? tensor : { name: tensor.name, shape: [], type: tensor.type },
    ),
    layers: [alone],
    inputs,
    outputs: [layer.output],
  });
  return { inputs, run: (values) => network.run(values)[0] ?? new Float32Array() };
}

/** In place. */
export function activate(values: Float32Array, activation: Activation): void {
  if (activation === 'none') return;
  const most = activation === 'relu6' ? 6 : Infinity;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number;
    values[i] = v < 0 ? 0 : v > most ? most : v;
  }
}
