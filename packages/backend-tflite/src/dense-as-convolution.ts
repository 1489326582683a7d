import {
  tensorId,
  tensorOf,
  type FullyConnectedLayer,
  type Layer,
  type Model,
  type Tensor,
  type TensorId,
} from '@opq/ir';

/** A dense layer whose weights have a scale per output channel. */
export const isDensePerChannel = (model: Model, layer: Layer): layer is FullyConnectedLayer =>
  layer.kind === 'fullyConnected' && (tensorOf(model, layer.weights).quantisation?.scales.length ?? 1) > 1;

export interface Rewritten {
  readonly model: Model;
  readonly origin: readonly number[];
  /** Layers that changed. */
  readonly changed: number;
}

/**
 * Dense layers with a scale per output channel as convolutions of 1×1 between two reshapes, which every runtime computes, with
 * the same integers; other layers stay.
 * @returns the model, and for each of its layers which one of the source it is a part of
 */
export function denseAsConvolution(model: Model): Rewritten {
  const tensors: Tensor[] = [...model.tensors];
  const add = (tensor: Tensor): TensorId => tensorId(tensors.push(tensor) - 1);
  const origin: number[] = [];
  let changed = 0;
  const layers = model.layers.flatMap((layer, index): readonly Layer[] => {
    origin.push(index);
    if (!isDensePerChannel(model, layer)) return [layer];
    origin.push(index, index);
    changed++;
    const weights = tensorOf(model, layer.weights);
    const [outputs = 0, inputs = 0] = weights.shape;
    const input = tensorOf(model, layer.input);
    const output = tensorOf(model, layer.output);
    const pixels = output.shape.reduce((n, d) => n * d, 1) / outputs;
    tensors[layer.weights] = { ...weights, shape: [outputs, 1, 1, inputs] };
    const image = add({ ...input, name: `${input.name}/image`, shape: [1, pixels, 1, inputs] });
    const result = add({ ...output, name: `${output.name}/image`, shape: [1, pixels, 1, outputs] });
    return [
      { kind: 'reshape', name: `${layer.name}/image`, input: layer.input, output: image },
      {
        kind: 'conv2d', name: `${layer.name}/convolution`, input: image, weights: layer.weights, ...(layer.bias !== undefined && { bias: layer.bias }),
        output: result, stride: [1, 1], dilation: [1, 1], padding: { mode: 'valid' }, activation: layer.activation,
      },
      { kind: 'reshape', name: layer.name, input: result, output: layer.output },
    ]; // prettier-ignore
  });
  return { model: { ...model, tensors, layers }, origin, changed };
}
