import { broadcastShape, outputSize } from '../geometry';
import type { Layer, Pair, WeightedLayer } from '../layer';
import { tensorOf, type Model } from '../model';
import { elementCount, type TensorId } from '../tensor';

/** A shape, or a sentence that says why there is none. */
type Shape = readonly number[] | string;

const isPositive = (pair: Pair): boolean => pair.every((v) => Number.isInteger(v) && v > 0);

function image(shape: readonly number[]): readonly [number, number, number] | string {
  const [n, h, w, c] = shape;
  if (shape.length !== 4 || n !== 1 || h === undefined || w === undefined || c === undefined)
    return `its input has the shape [${shape.join(', ')}], not [1, H, W, C]`;
  return [h, w, c];
}

function biasProblem(model: Model, layer: WeightedLayer, channels: number): string | undefined {
  if (layer.bias === undefined) return undefined;
  const { shape } = tensorOf(model, layer.bias);
  return elementCount(shape) === channels
    ? undefined
    : `its bias has the shape [${shape.join(', ')}] for ${channels} channels`;
}

function windowed(
  layer: Extract<Layer, { stride: Pair }>,
  input: readonly [number, number, number],
  window: Pair,
  dilation: Pair,
  channels: number,
): Shape {
  if (!isPositive(layer.stride) || !isPositive(dilation) || !isPositive(window))
    return 'its window, stride and dilation must be positive';
  if (layer.padding.mode === 'explicit') {
    const { top, left, bottom, right } = layer.padding;
    if (![top, left, bottom, right].every((v) => Number.isInteger(v) && v >= 0))
      return 'its padding must not be negative';
  }
  const [h, w] = outputSize(layer.padding, [input[0], input[1]], window, layer.stride, dilation);
  return h > 0 && w > 0
    ? [1, h, w, channels]
    : `its window ${window.join('×')} does not fit into ${input[0]}×${input[1]}`;
}

function convolution(model: Model, layer: Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' }>): Shape {
  const input = image(tensorOf(model, layer.input).shape);
  if (typeof input === 'string') return input;
  const weights = tensorOf(model, layer.weights).shape;
  const [first, kernelHeight, kernelWidth, last] = weights;
  if (
    weights.length !== 4 ||
    first === undefined ||
    kernelHeight === undefined ||
    kernelWidth === undefined ||
    last === undefined
  )
    return `its weights have the shape [${weights.join(', ')}]`;
  const channels = layer.kind === 'conv2d' ? first : last;
  if (layer.kind === 'conv2d' && last !== input[2])
    return `its weights are for ${last} input channels, not ${input[2]}`;
  if (layer.kind === 'depthwiseConv2d' && (first !== 1 || last !== input[2] * layer.depthMultiplier))
    return `its weights [${weights.join(', ')}] do not fit ${input[2]} channels times ${layer.depthMultiplier}`;
  return (
    biasProblem(model, layer, channels) ??
    windowed(layer, input, [kernelHeight, kernelWidth], layer.dilation, channels)
  );
}

function fullyConnected(model: Model, layer: Extract<Layer, { kind: 'fullyConnected' }>): Shape {
  const [outputs, inputs, ...rest] = tensorOf(model, layer.weights).shape;
  if (outputs === undefined || inputs === undefined || rest.length > 0) return 'its weights are not a matrix';
  const count = elementCount(tensorOf(model, layer.input).shape);
  if (count % inputs !== 0) return `its input of ${count} elements is no multiple of ${inputs}`;
  const output = tensorOf(model, layer.output).shape;
  if (output.at(-1) !== outputs || elementCount(output) !== (count / inputs) * outputs)
    return `its output has the shape [${output.join(', ')}] for ${count / inputs} rows of ${outputs}`;
  return biasProblem(model, layer, outputs) ?? output;
}

function concatenation(model: Model, layer: Extract<Layer, { kind: 'concatenation' }>): Shape {
  const shapes = layer.inputs.map((id) => tensorOf(model, id).shape);
  const [head, ...tail] = shapes;
  if (head === undefined) return 'it has no input';
  if (!Number.isInteger(layer.axis) || layer.axis < 0 || layer.axis >= head.length)
    return `it has no axis ${layer.axis}`;
  const agree = tail.every(
    (s) => s.length === head.length && s.every((d, i) => i === layer.axis || d === head[i]),
  );
  if (!agree) return 'its inputs differ outside the axis';
  return head.map((d, i) => (i === layer.axis ? shapes.reduce((n, s) => n + (s[i] ?? 0), 0) : d));
}

function mean(shape: readonly number[], axes: readonly number[], keepDims: boolean): Shape {
  const sound = axes.every(
    (a, i) => Number.isInteger(a) && a >= 0 && a < shape.length && (i === 0 || a > (axes[i - 1] ?? a)),
  );
  if (!sound) return `it has the axes [${axes.join(', ')}]`;
  return keepDims
    ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : shape.filter((_, i) => !axes.includes(i));
}

/** The shape a layer's output must have. All tensor ids of the layer are valid here. */
export function expectedShape(model: Model, layer: Layer): Shape {
  const shapeOf = (id: TensorId): readonly number[] => tensorOf(model, id).shape;
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
      return convolution(model, layer);
    case 'fullyConnected':
      return fullyConnected(model, layer);
    case 'add':
    case 'mul':
    case 'sub':
      return (
        broadcastShape(shapeOf(layer.inputs[0]), shapeOf(layer.inputs[1])) ??
        'its inputs cannot be broadcast together'
      );
    case 'averagePool2d':
    case 'maxPool2d': {
      const input = image(shapeOf(layer.input));
      return typeof input === 'string' ? input : windowed(layer, input, layer.window, [1, 1], input[2]);
    }
    case 'mean':
      return mean(shapeOf(layer.input), layer.axes, layer.keepDims);
    case 'pad': {
      const shape = shapeOf(layer.input);
      const sound =
        layer.paddings.length === shape.length &&
        layer.paddings.flat().every((v) => Number.isInteger(v) && v >= 0);
      return sound
        ? shape.map((d, i) => d + (layer.paddings[i]?.[0] ?? 0) + (layer.paddings[i]?.[1] ?? 0))
        : 'its paddings do not fit its input';
    }
    case 'reshape': {
      const output = shapeOf(layer.output);
      return elementCount(output) === elementCount(shapeOf(layer.input))
        ? output
        : 'it changes the number of elements';
    }
    case 'concatenation':
      return concatenation(model, layer);
    case 'softmax':
      return shapeOf(layer.input).length > 0 ? shapeOf(layer.input) : 'its input has no dimension';
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize':
      return shapeOf(layer.input);
  }
}
