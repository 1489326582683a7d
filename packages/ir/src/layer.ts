import type { TensorId } from './tensor';

/** What a layer does to its outputs at the end: nothing, max(x, 0), or min(max(x, 0), 6); x are real numbers. */
export type Activation = 'none' | 'relu' | 'relu6';

/** Rows and columns added around the image; `same` and `valid` as TensorFlow defines them. */
export type Padding =
  | { readonly mode: 'same' }
  | { readonly mode: 'valid' }
  | {
      readonly mode: 'explicit';
      /** Rows above the image. */
      readonly top: number;
      /** Columns to its left. */
      readonly left: number;
      /** Rows below it. */
      readonly bottom: number;
      /** Columns to its right. */
      readonly right: number;
    };

/** [vertical, horizontal] */
export type Pair = readonly [number, number];

interface LayerBase {
  /** Unique in the model, made from the output tensor's name; untrusted text. */
  readonly name: string;
  /** The activation that it makes. */
  readonly output: TensorId;
}

interface Windowed {
  /** An image, NHWC: [1, H, W, I]. */
  readonly input: TensorId;
  /** Distance of neighbouring windows, in rows and columns. */
  readonly stride: Pair;
  readonly padding: Padding;
  /** Applied to each output. */
  readonly activation: Activation;
}

/** Input [1,H,W,I], weights OHWI [O,KH,KW,I], bias [O], output [1,H',W',O]. */
export interface Conv2dLayer extends LayerBase, Windowed {
  readonly kind: 'conv2d';
  /** OHWI: [O, KH, KW, I]. */
  readonly weights: TensorId;
  /** [O]; zeros without it. */
  readonly bias?: TensorId;
  /** Distance of neighbouring taps; [1, 1] is an ordinary convolution. */
  readonly dilation: Pair;
}

/** Input [1,H,W,I], weights [1,KH,KW,I·M], bias [I·M]; output channel c reads input channel ⌊c / M⌋. */
export interface DepthwiseConv2dLayer extends LayerBase, Windowed {
  readonly kind: 'depthwiseConv2d';
  /** [1, KH, KW, I·M]. */
  readonly weights: TensorId;
  /** [I·M]; zeros without it. */
  readonly bias?: TensorId;
  /** Distance of neighbouring taps; [1, 1] is an ordinary convolution. */
  readonly dilation: Pair;
  /** M ≥ 1 */
  readonly depthMultiplier: number;
}

/** Input of any shape with a multiple of I elements, weights [O,I], bias [O], output […, O]. */
export interface FullyConnectedLayer extends LayerBase {
  readonly kind: 'fullyConnected';
  /** Of any shape with a multiple of I elements. */
  readonly input: TensorId;
  /** [O, I]. */
  readonly weights: TensorId;
  /** [O]; zeros without it. */
  readonly bias?: TensorId;
  /** Applied to each output. */
  readonly activation: Activation;
}

/** output = activation(inputs[0] ∘ inputs[1]), NumPy broadcasting; an input may be a constant. */
export interface ElementwiseLayer extends LayerBase {
  /** ∘ is +, · or −. */
  readonly kind: 'add' | 'mul' | 'sub';
  /** In the order of the operation; their shapes broadcast to the output's. */
  readonly inputs: readonly [TensorId, TensorId];
  /** Applied to each output. */
  readonly activation: Activation;
}

/** Input [1,H,W,C]; averages count only the pixels inside the image. */
export interface Pool2dLayer extends LayerBase, Windowed {
  /** Mean or largest value of each window. */
  readonly kind: 'averagePool2d' | 'maxPool2d';
  /** Rows and columns that one output looks at. */
  readonly window: Pair;
}

/** Mean over some dimensions, which leave the shape or stay with the extent 1. */
export interface MeanLayer extends LayerBase {
  readonly kind: 'mean';
  /** Of any shape. */
  readonly input: TensorId;
  /** Non-negative, ascending. */
  readonly axes: readonly number[];
  /** Whether reduced dimensions stay, with the extent 1. */
  readonly keepDims: boolean;
}

/** Pads with real zero (the zero point in a quantised tensor). */
export interface PadLayer extends LayerBase {
  readonly kind: 'pad';
  /** Of any shape. */
  readonly input: TensorId;
  /** One [before, after] per dimension. */
  readonly paddings: readonly Pair[];
}

/** RESHAPE and SQUEEZE: the same elements under the output tensor's shape. */
export interface ReshapeLayer extends LayerBase {
  readonly kind: 'reshape';
  /** Has as many elements as the output. */
  readonly input: TensorId;
}

/** Inputs one behind the other along a dimension; the others have one extent in all of them. */
export interface ConcatenationLayer extends LayerBase {
  readonly kind: 'concatenation';
  /** In the order in which they stand in the output. */
  readonly inputs: readonly TensorId[];
  /** Non-negative. */
  readonly axis: number;
  /** Applied to each output. */
  readonly activation: Activation;
}

/** Over the last dimension. */
export interface SoftmaxLayer extends LayerBase {
  readonly kind: 'softmax';
  /** Logits; their last dimension is normalised. */
  readonly input: TensorId;
  /** What inputs are multiplied with before the exponential; 1 in most networks. */
  readonly beta: number;
}

/** `quantize`: float32 or int8 → int8; `dequantize`: int8 → float32. */
export interface UnaryLayer extends LayerBase {
  /** The function of each element; `quantize` and `dequantize` change its type alone. */
  readonly kind: 'logistic' | 'relu' | 'relu6' | 'quantize' | 'dequantize';
  /** Of the output's shape. */
  readonly input: TensorId;
}

/** One operation of a network, told apart by `kind`. Images are NHWC with N = 1; everything is row-major. */
export type Layer =
  | Conv2dLayer
  | DepthwiseConv2dLayer
  | FullyConnectedLayer
  | ElementwiseLayer
  | Pool2dLayer
  | MeanLayer
  | PadLayer
  | ReshapeLayer
  | ConcatenationLayer
  | SoftmaxLayer
  | UnaryLayer;

/** What kinds of layers there are. */
export type LayerKind = Layer['kind'];

/** The layers OPQ prunes and quantises. */
export type WeightedLayer = Conv2dLayer | DepthwiseConv2dLayer | FullyConnectedLayer;

/** Whether OPQ prunes and quantises the layer: a convolution or a fully connected one. */
export const isWeighted = (layer: Layer): layer is WeightedLayer =>
  layer.kind === 'conv2d' || layer.kind === 'depthwiseConv2d' || layer.kind === 'fullyConnected';

/** Every tensor a layer reads, in a fixed order: activations first, then weights, then bias. */
export function layerInputs(layer: Layer): readonly TensorId[] {
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'fullyConnected':
      return layer.bias === undefined
        ? [layer.input, layer.weights]
        : [layer.input, layer.weights, layer.bias];
    case 'add':
    case 'mul':
    case 'sub':
    case 'concatenation':
      return layer.inputs;
    case 'averagePool2d':
    case 'maxPool2d':
    case 'mean':
    case 'pad':
    case 'reshape':
    case 'softmax':
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize':
      return [layer.input];
  }
}

/** The layer with every tensor id replaced. */
export function mapTensors(layer: Layer, map: (id: TensorId) => TensorId): Layer {
  const output = map(layer.output);
  if ('weights' in layer) {
    const bias = layer.bias === undefined ? {} : { bias: map(layer.bias) };
    return { ...layer, input: map(layer.input), weights: map(layer.weights), ...bias, output };
  }
  if (layer.kind === 'concatenation') return { ...layer, inputs: layer.inputs.map(map), output };
  if ('inputs' in layer) return { ...layer, inputs: [map(layer.inputs[0]), map(layer.inputs[1])], output };
  return { ...layer, input: map(layer.input), output };
}
