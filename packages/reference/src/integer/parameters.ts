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
  /** Real width of a step, > 0. */
  readonly scale: number;
  /** What stands for 0, −128…127. */
  readonly zeroPoint: number;
}

/** Scale and zero point of an activation. @throws OPQ1002 when the tensor is not int8 with one scale */
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
  /** Least output, −128…127: the fused activation's bound. */
  readonly outputMin: number;
  /** Greatest output, at least `outputMin`. */
  readonly outputMax: number;
  /** One per output channel. */
  readonly multipliers: Int32Array;
  /** One per output channel, −31…30, > 0 to the left: factor = multiplier · 2^(shift − 31). */
  readonly shifts: Int8Array;
}

const weightScale = (q: Quantisation | undefined, channel: number): number =>
  q?.scales[q.scales.length > 1 ? channel : 0] ?? Number.NaN;

/** Number of output channels of a weighted layer. */
export function outputChannels(model: Model, layer: WeightedLayer): number {
  const { shape } = tensorOf(model, layer.weights);
  return (layer.kind === 'depthwiseConv2d' ? shape.at(-1) : shape[0]) ?? 0;
}

/**
 * What a weighted layer multiplies sums with: the factor of channel j is input scale · weight scaleⱼ / output scale.
 * @throws OPQ1002, OPQ0105 for a factor above 2³⁰
 */
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
  /** −zero point of the first input */
  readonly aOffset: number;
  /** −zero point of the second input */
  readonly bOffset: number;
  /** +zero point of the output */
  readonly outputOffset: number;
  /** Unused (0) for mul. */
  readonly a: Multiplier;
  /** See `a`. */
  readonly b: Multiplier;
  /** From the common scale (for mul: the product of both) to the output's. */
  readonly output: Multiplier;
  /** Least output, −128…127. */
  readonly outputMin: number;
  /** Greatest output, at least `outputMin`. */
  readonly outputMax: number;
}

/** Left shift that both inputs of add and sub get before they are brought to one scale. */
export const ELEMENTWISE_SHIFT = 20;

/**
 * Factors of TFLite's integer arithmetic: add and sub bring both inputs to twice the larger scale, shifted left by
 * `ELEMENTWISE_SHIFT`; mul requantises the product once.
 * @throws OPQ1002, OPQ0105
 */
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

/** opq_softmax_shape without the extents; the factor is beta · input scale · 2²⁶. */
export interface SoftmaxParameters extends Multiplier {
  /** Inputs further below the maximum of their row than this count as probability 0; in steps of the input, at most 0. */
  readonly diffMin: number;
}

/**
 * What TFLite's softmax in fixed point works with.
 * @throws OPQ1002
 */
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

/** What TFLite's logistic in fixed point works with; the factor is input scale · 2²⁷. */
export interface LogisticParameters extends Multiplier {
  /** Distance from the zero point from which on the output is saturated; in steps of the input, at least 0. */
  readonly radius: number;
}

/**
 * Factor and radius of a logistic.
 * @param input of the layer
 */
export function logisticParameters(input: Affine): LogisticParameters {
  const factor = input.scale * 2 ** 27;
  // TFLite's shift would pass 30 here: every input but the zero point is saturated.
  if (factor >= 2 ** 30) return { multiplier: 2147483647, shift: 30, radius: 0 };
  const quantised = quantiseMultiplier(factor);
  return { ...quantised, radius: inputRadius(4, quantised.shift) };
}

/** opq_mean_shape without extents and strides; the factor is input scale / output scale. */
export interface MeanParameters extends Multiplier {
  /** −128…127 */
  readonly inputZeroPoint: number;
  /** −128…127 */
  readonly outputZeroPoint: number;
}

/**
 * What a mean over int8 works with.
 * @throws OPQ1002, OPQ0105
 */
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
