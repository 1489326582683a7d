import { coreErrors } from '@opq/errors';
import {
  assertModel,
  checkCompressedModel,
  deepFreeze,
  isWeighted,
  tensorOf,
  type CompressedModel,
  type Layer,
  type Model,
  type Quantisation,
  type Tensor,
  type TensorId,
} from '@opq/ir';
import type { ActivationQuantisation } from './activations';
import { unused } from './graph';

/** A model in float32, with the quantisation of its activations where the source had one. */
export interface FloatView {
  /** The same tensors and layers, less quantize and dequantize layers. */
  readonly model: Model;
  /** Absent for a float32 source. */
  readonly activations?: ActivationQuantisation;
}

function realData(tensor: Tensor): Float32Array {
  const { data, quantisation, shape } = tensor;
  if (data instanceof Float32Array) return data;
  const { scales, zeroPoints, axis } = quantisation ?? { scales: [1], zeroPoints: [0], axis: 0 };
  const inner = shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  const slices = scales.length;
  return Float32Array.from((data ?? new Int8Array()) as ArrayLike<number>, (q, i) => {
    const slice = slices === 1 ? 0 : Math.floor(i / inner) % slices;
    return (scales[slice] ?? 1) * (q - (zeroPoints[slice] ?? 0));
  });
}

/** Biases of int8 models stand for bias · input scale · weight scale, whatever scale the file names. */
function realBias(model: Model, input: TensorId, weights: Tensor, bias: Tensor): Float32Array {
  const inputScale = tensorOf(model, input).quantisation?.scales[0] ?? 1;
  const scales = weights.quantisation?.scales ?? [1];
  return Float32Array.from(
    (bias.data ?? new Int32Array()) as ArrayLike<number>,
    (q, i) => q * inputScale * (scales[scales.length === 1 ? 0 : i] ?? 1),
  );
}

/** Takes off the layers where floats become int8 or back, at the borders of the model. */
function withoutFloatBoundary(model: Model): Model {
  const same = new Map<TensorId, TensorId>();
  const resolve = (id: TensorId): TensorId => {
    const next = same.get(id);
    return next === undefined ? id : resolve(next);
  };
  const layers: Layer[] = [];
  const inputs = new Map<TensorId, TensorId>();
  for (const layer of model.layers) {
    const border = layer.kind === 'quantize' || layer.kind === 'dequantize';
    if (border && model.inputs.includes(layer.input) && tensorOf(model, layer.input).type === 'float32')
      inputs.set(layer.input, layer.output);
    else if (layer.kind === 'dequantize') same.set(layer.output, layer.input);
    else layers.push(layer);
  }
  return {
    ...model,
    layers,
    inputs: model.inputs.map((id) => inputs.get(id) ?? id),
    outputs: model.outputs.map(resolve),
  };
}

/**
 * Any supported model in float32: constants become real numbers, and the scales of int8 activations are kept aside.
 * A float model comes back as it is.
 */
export function toFloatModel(source: Model): FloatView {
  const model = withoutFloatBoundary(source);
  const activationIds = [...model.inputs, ...model.layers.map((layer) => layer.output)];
  const int8 = activationIds.every((id) => tensorOf(model, id).type === 'int8');
  if (!int8) return { model };
  const tensors: Tensor[] = model.tensors.map(({ name, shape, data, ...rest }) => ({
    name, shape, type: 'float32', ...(data && { data: realData({ name, shape, data, ...rest }) }),
  })); // prettier-ignore
  for (const layer of model.layers)
    if (isWeighted(layer) && layer.bias !== undefined) {
      const bias = tensorOf(model, layer.bias);
      tensors[layer.bias] = {
        name: bias.name,
        shape: bias.shape,
        type: 'float32',
        data: realBias(model, layer.input, tensorOf(model, layer.weights), bias),
      };
    }
  const activations = new Map<TensorId, Quantisation>();
  for (const id of activationIds) {
    const { quantisation } = tensorOf(model, id);
    if (quantisation !== undefined) activations.set(id, quantisation);
  }
  // A quantize layer between two int8 scales is nothing to real numbers, but it keeps its place: as a reshape to the same shape.
  const layers = model.layers.map(
    (layer): Layer =>
      layer.kind === 'quantize'
        ? { kind: 'reshape', name: layer.name, input: layer.input, output: layer.output }
        : layer,
  );
  return { model: assertModel(unused({ ...model, tensors, layers })), activations };
}

/**
 * An int8 model as it stands, ready for a device: same constants, same arithmetic.
 * @throws OPQ0309 when it is not int8 throughout
 */
export function fromInt8Model(source: Model): CompressedModel {
  const compressed: CompressedModel = { model: withoutFloatBoundary(source), codebooks: [] };
  const [problem] = checkCompressedModel(compressed);
  if (problem !== undefined) throw coreErrors.notInt8(source.name, problem);
  return deepFreeze(compressed);
}
