import {
  quantiseMultiplier,
  tensorOf,
  type Activation,
  type Model,
  type Multiplier,
  type Quantisation,
  type TensorId,
  type WeightedLayer,
} from '@opq/ir';
import { referenceErrors } from '@opq/errors';

/** Scale and zero point of an int8 activation. */
export interface Affine {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** @throws OPQ1002 when the tensor is not int8 with one scale */
export function affineOf(model: Model, id: TensorId): Affine {
  const tensor = tensorOf(model, id);
  const scale = tensor.quantisation?.scales[0];
  const zeroPoint = tensor.quantisation?.zeroPoints[0];
  if (tensor.type !== 'int8' || scale === undefined || zeroPoint === undefined)
    throw referenceErrors.notInt8(model.name, tensor.name, tensor.type);
  return { scale, zeroPoint };
}

/** The bounds of a fused activation in the output's int8: TFLite's CalculateActivationRangeQuantized. */
export function activationBounds(
  activation: Activation,
  { scale, zeroPoint }: Affine,
): { readonly min: number; readonly max: number } {
  // Division in float32, as TFLite does it; halves away from zero.
  const quantise = (real: number): number => zeroPoint + Math.trunc(Math.fround(real / scale) + 0.5);
  switch (activation) {
    case 'none':
      return { min: -128, max: 127 };
    case 'relu':
      return { min: Math.max(-128, zeroPoint), max: 127 };
    case 'relu6':
      return { min: Math.max(-128, zeroPoint), max: Math.min(127, quantise(6)) };
  }
}

/** What a convolution or dense layer needs besides its weights; matches the structs of opq_kernels.h. */
export interface WeightedParameters {
  /** −zero point of the input */
  readonly inputOffset: number;
  /** +zero point of the output */
  readonly outputOffset: number;
  readonly outputMin: number;
  readonly outputMax: number;
  /** One per output channel. */
  readonly multipliers: Int32Array;
  readonly shifts: Int8Array;
}

const weightScale = (q: Quantisation | undefined, channel: number): number =>
  q?.scales[q.scales.length > 1 ? channel : 0] ?? Number.NaN;

/** Number of output channels of a weighted layer. */
export function outputChannels(model: Model, layer: WeightedLayer): number {
  const { shape } = tensorOf(model, layer.weights);
  return (layer.kind === 'depthwiseConv2d' ? shape.at(-1) : shape[0]) ?? 0;
}

export function weightedParameters(model: Model, layer: WeightedLayer): WeightedParameters {
  const input = affineOf(model, layer.input);
  const output = affineOf(model, layer.output);
  const { quantisation } = tensorOf(model, layer.weights);
  const channels = outputChannels(model, layer);
  const multipliers = new Int32Array(channels);
  const shifts = new Int8Array(channels);
  const perTensorDense = layer.kind === 'fullyConnected' && quantisation?.scales.length === 1;
  for (let channel = 0; channel < channels; channel++) {
    const product = input.scale * weightScale(quantisation, channel);
    // TFLite multiplies the two scales of a dense layer in float32, those of a convolution in double.
    const { multiplier, shift } = quantiseMultiplier(
      (perTensorDense ? Math.fround(product) : product) / output.scale,
    );
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
  }
  const { min, max } = activationBounds(layer.activation, output);
  return {
    inputOffset: -input.zeroPoint,
    outputOffset: output.zeroPoint,
    outputMin: min,
    outputMax: max,
    multipliers,
    shifts,
  };
}

/** opq_elementwise_shape without the extents. */
export interface ElementwiseParameters {
  readonly aOffset: number;
  readonly bOffset: number;
  readonly outputOffset: number;
  /** Unused (0) for mul. */
  readonly a: Multiplier;
  readonly b: Multiplier;
  readonly output: Multiplier;
  readonly outputMin: number;
  readonly outputMax: number;
}

/** Left shift that both inputs of add and sub get before they are brought to one scale. */
export const ELEMENTWISE_SHIFT = 20;

export function elementwiseParameters(
  model: Model,
  layer: {
    readonly kind: 'add' | 'sub' | 'mul';
    readonly inputs: readonly [TensorId, TensorId];
    readonly output: TensorId;
    readonly activation: Activation;
  },
): ElementwiseParameters {
  const a = affineOf(model, layer.inputs[0]);
  const b = affineOf(model, layer.inputs[1]);
  const output = affineOf(model, layer.output);
  const { min, max } = activationBounds(layer.activation, output);
  const offsets = {
    aOffset: -a.zeroPoint,
    bOffset: -b.zeroPoint,
    outputOffset: output.zeroPoint,
    outputMin: min,
    outputMax: max,
  };
  if (layer.kind === 'mul') {
    const none = { multiplier: 0, shift: 0 };
    return { ...offsets, a: none, b: none, output: quantiseMultiplier((a.scale * b.scale) / output.scale) };
  }
  const common = 2 * Math.max(a.scale, b.scale);
  return {
    ...offsets,
    a: quantiseMultiplier(a.scale / common),
    b: quantiseMultiplier(b.scale / common),
    output: quantiseMultiplier(common / (2 ** ELEMENTWISE_SHIFT * output.scale)),
  };
}

/** Largest magnitude a fixed-point input may have: TFLite's CalculateInputRadius for 31 signed bits. */
const inputRadius = (integerBits: number, shift: number): number =>
  Math.floor(((2 ** integerBits - 1) * 2 ** (31 - integerBits)) / 2 ** shift);

export interface SoftmaxParameters extends Multiplier {
  readonly diffMin: number;
}

export function softmaxParameters(
  model: Model,
  layer: { readonly input: TensorId; readonly beta: number },
): SoftmaxParameters {
  const { scale } = affineOf(model, layer.input);
  // beta is a float32 in the file; a factor below one would be a right shift, which TFLite's kernel does not have.
  const factor = layer.beta * scale * 2 ** 26;
  // TFLite saturates here, at a left shift of 31: then only the row's maximum itself keeps a probability.
  if (factor >= 2 ** 30) return { multiplier: 2147483647, shift: 30, diffMin: 0 };
  const quantised = quantiseMultiplier(Math.max(1, factor));
  return { ...quantised, diffMin: -inputRadius(5, quantised.shift) };
}

export interface LogisticParameters extends Multiplier {
  readonly radius: number;
}

export function logisticParameters(input: Affine): LogisticParameters {
  const factor = input.scale * 2 ** 27;
  // TFLite's shift would pass 30 here: every input but the zero point is saturated.
  if (factor >= 2 ** 30) return { multiplier: 2147483647, shift: 30, radius: 0 };
  const quantised = quantiseMultiplier(factor);
  return { ...quantised, radius: inputRadius(4, quantised.shift) };
}

export interface MeanParameters extends Multiplier {
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
}

export function meanParameters(
  model: Model,
  layer: { readonly input: TensorId; readonly output: TensorId },
): MeanParameters {
  const input = affineOf(model, layer.input);
  const output = affineOf(model, layer.output);
  return {
    ...quantiseMultiplier(input.scale / output.scale),
    inputZeroPoint: input.zeroPoint,
    outputZeroPoint: output.zeroPoint,
  };
}
