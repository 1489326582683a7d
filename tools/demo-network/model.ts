import { tensorId, type Layer, type Model, type Tensor } from '@opq/ir';
import type { TrainableLayer } from './layers';

/** One step of the network: what is trained and how it stands in the model. */
export type Stage =
  | {
      readonly kind: 'conv2d';
      readonly layer: TrainableLayer;
      readonly weights: readonly number[];
      readonly output: readonly number[];
    }
  | { readonly kind: 'maxPool2d'; readonly layer: TrainableLayer; readonly output: readonly number[] }
  | {
      readonly kind: 'fullyConnected';
      readonly layer: TrainableLayer;
      readonly weights: readonly number[];
      readonly output: readonly number[];
      readonly relu: boolean;
    };

/** The trained stages as a float model that ends in a softmax. @param input NHWC */
export function toModel(name: string, input: readonly number[], stages: readonly Stage[]): Model {
  const tensors: Tensor[] = [{ name: 'image', shape: input, type: 'float32' }];
  const layers: Layer[] = [];
  const add = (tensor: Tensor) => tensorId(tensors.push(tensor) - 1);
  let last = tensorId(0);
  const advance = (label: string, shape: readonly number[], make: (output: typeof last) => Layer): void => {
    const output = add({ name: label, shape, type: 'float32' });
    layers.push(make(output));
    last = output;
  };
  stages.forEach((stage, index) => {
    const label = `${stage.kind}_${index + 1}`;
    if (stage.kind === 'maxPool2d') {
      advance(label, stage.output, (output) => ({
        kind: 'maxPool2d',
        name: label,
        input: last,
        output,
        window: [2, 2],
        stride: [2, 2],
        padding: { mode: 'valid' },
        activation: 'none',
      }));
      return;
    }
    const [w, b] = stage.layer.parameters;
    if (w === undefined || b === undefined) throw new Error(`${label} has no parameters`);
    const weights = add({ name: `${label}/weights`, shape: stage.weights, type: 'float32', data: w.values });
    const bias = add({ name: `${label}/bias`, shape: [b.values.length], type: 'float32', data: b.values });
    if (stage.kind === 'conv2d') {
      advance(label, stage.output, (output) => ({
        kind: 'conv2d',
        name: label,
        input: last,
        weights,
        bias,
        output,
        stride: [1, 1],
        dilation: [1, 1],
        padding: { mode: 'same' },
        activation: 'relu',
      }));
      return;
    }
    const shape = tensors[last]?.shape ?? [];
    if (shape.length > 2)
      advance('flatten', [1, shape.reduce((n, d) => n * d, 1)], (output) => ({
        kind: 'reshape',
        name: 'flatten',
        input: last,
        output,
      }));
    advance(label, stage.output, (output) => ({
      kind: 'fullyConnected',
      name: label,
      input: last,
      weights,
      bias,
      output,
      activation: stage.relu ? 'relu' : 'none',
    }));
  });
  advance('probabilities', tensors[last]?.shape ?? [], (output) => ({
    kind: 'softmax',
    name: 'probabilities',
    input: last,
    output,
    beta: 1,
  }));
  return { name, tensors, layers, inputs: [tensorId(0)], outputs: [last] };
}
