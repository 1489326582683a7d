import {
  isWeighted,
  layerInputs,
  tensorId,
  tensorOf,
  type Layer,
  type Model,
  type Tensor,
  type TensorId,
} from '@opq/ir';
import type { EncodedTensor } from './decode';
import { productScales } from './normalise';

/** An operator of the file: one of ours, or a DECODE before one that reads encoded constants. */
export type ExpandedOperator =
  | { readonly kind: 'layer'; readonly layer: Layer; readonly inputs: readonly number[] }
  | { readonly kind: 'decode'; readonly inputs: readonly number[]; readonly outputs: readonly number[] };

/** A model in which every operand of TFLite that our layers keep as fields is a constant tensor again. */
export interface Expanded {
  readonly tensors: readonly Tensor[];
  readonly operators: readonly ExpandedOperator[];
}

/** Constant tensors, and tensors that DECODE operators make. */
interface NewTensors {
  add(tensor: Tensor): TensorId;
  constant(name: string, shape: readonly number[], values: readonly number[]): TensorId;
}

function inputsOf(model: Model, layer: Layer, { constant }: NewTensors): readonly number[] {
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'fullyConnected':
      // Runtimes take a missing bias as two inputs, not as a third that is none.
      return [layer.input, layer.weights, ...(layer.bias === undefined ? [] : [layer.bias])];
    case 'add':
    case 'mul':
    case 'sub':
    case 'concatenation':
      return layer.inputs;
    case 'mean':
      return [layer.input, constant(`${layer.name}/axes`, [layer.axes.length], layer.axes)];
    case 'pad':
      return [
        layer.input,
        constant(`${layer.name}/paddings`, [layer.paddings.length, 2], layer.paddings.flat()),
      ];
    case 'reshape': {
      const { shape } = tensorOf(model, layer.output);
      return [layer.input, constant(`${layer.name}/shape`, [shape.length], shape)];
    }
    case 'averagePool2d':
    case 'maxPool2d':
    case 'softmax':
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize':
      return [layer.input];
  }
}

/** @param encoded constants that are stored encoded: each consumer gets a DECODE of its own right before it */
export function expand(model: Model, encoded: ReadonlyMap<TensorId, EncodedTensor>): Expanded {
  // A tensor that is stored encoded keeps its place as what the first DECODE makes.
  const tensors: Tensor[] = model.tensors.map((tensor, id) =>
    encoded.has(tensorId(id)) ? withoutData(tensor) : tensor,
  );
  const add = (tensor: Tensor): TensorId => tensorId(tensors.push(tensor) - 1);
  const news: NewTensors = {
    add,
    constant: (name, shape, values) => add({ name, shape, type: 'int32', data: Int32Array.from(values) }),
  };
  const decoder = createDecoder(model, encoded, news);
  const operators = model.layers.flatMap((layer): readonly ExpandedOperator[] => {
    const { decode, use } = decoder(layer);
    const inputs = inputsOf(model, layer, news).map(use);
    const operator: ExpandedOperator = { kind: 'layer', layer, inputs };
    return decode === undefined ? [operator] : [decode, operator];
  });
  return { tensors, operators };
}

function withoutData({ name, shape, type, quantisation }: Tensor): Tensor {
  return { name, shape, type, ...(quantisation && { quantisation }) };
}

/** Gives a layer the DECODE it needs, and what its inputs are after it. */
function createDecoder(model: Model, encoded: ReadonlyMap<TensorId, EncodedTensor>, news: NewTensors) {
  const bytes = new Map<string, TensorId>();
  /** Equal bytes are one tensor: tables that several layers share. */
  const byteTensor = (name: string, data: Uint8Array): TensorId => {
    const key = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    const id = bytes.get(key) ?? news.add({ name, shape: [data.length], type: 'uint8', data });
    bytes.set(key, id);
    return id;
  };
  const decoded = new Set<TensorId>();
  return (layer: Layer): { readonly decode?: ExpandedOperator; use(id: number): number } => {
    const replaced = new Map<number, number>();
    const inputs: number[] = [];
    for (const id of new Set(layerInputs(layer))) {
      const stored = encoded.get(id);
      if (stored === undefined) continue;
      const tensor = tensorOf(model, id);
      inputs.push(
        byteTensor(`${tensor.name}/encoded`, stored.encoded),
        byteTensor(`${tensor.name}/tables`, stored.ancillary),
      );
      // What a DECODE makes lives until the next operator only, so no two consumers share it.
      replaced.set(id, decoded.has(id) ? news.add(withoutData(tensor)) : id);
      decoded.add(id);
    }
    const use = (id: number): number => replaced.get(id) ?? id;
    return inputs.length === 0
      ? { use }
      : { decode: { kind: 'decode', inputs, outputs: [...replaced.values()] }, use };
  };
}

/**
 * The model without what runtimes do not read: names, and scales of biases that are the product of the other two.
 * Dense layers check the scale of their bias, so it stays there.
 */
export function slimmed(model: Model): Model {
  const tensors = model.tensors.map((tensor): Tensor => ({ ...tensor, name: '' }));
  for (const layer of model.layers) {
    if (!isWeighted(layer) || layer.kind === 'fullyConnected' || layer.bias === undefined) continue;
    const { quantisation, shape, type, data } = tensorOf(model, layer.bias);
    const implied = productScales(tensorOf(model, layer.input), tensorOf(model, layer.weights));
    if (data !== undefined && JSON.stringify(implied) === JSON.stringify(quantisation))
      tensors[layer.bias] = { name: '', shape, type, data };
  }
  return { ...model, tensors };
}
