import type { Layer, LayerKind, TensorId } from '@opq/ir';
import { aligned, axisOf, batchShape, fromRows, graphShape, sampleShape, toRows } from './layout';
import type { Network } from './network';
import type { Value } from './onnx-graph';
import { activate, logistic, relu, relu6, softmax } from './operators/activations';
import { combine } from './operators/arithmetic';
import { convolve } from './operators/convolution';
import { dense } from './operators/dense';
import { convolveDepthwise } from './operators/depthwise';
import { averagePool, hasEmptyWindow, maxPool, mean } from './operators/pooling';
import { concatenate, expand, pad, reshape } from './operators/shape';
import { windowOf } from './operators/window';

/** The layers of one kind. */
type LayerOf<K extends LayerKind, L = Layer> = L extends { readonly kind: infer Kinds }
  ? K extends Kinds
    ? L
    : never
  : never;

/** Writes one layer, in differentiable operations. @returns the value of its output as layout.ts says */
type Writer<K extends LayerKind> = (net: Network, layer: LayerOf<K>) => Value;

function elementwise(net: Network, layer: LayerOf<'add' | 'mul' | 'sub'>): Value {
  const output = net.shape(layer.output);
  const operands = layer.inputs.map((id) => {
    const constant = net.constant(id);
    // As the graph keeps it: no element moves.
    if (constant === undefined && net.shape(id).join() === output.join()) return net.activation(id);
    const rows = constant ?? toRows(net.tape, net.activation(id), net.shape(id));
    return aligned(net.tape, rows, output);
  });
  const [a, b] = operands;
  if (a === undefined || b === undefined) throw new RangeError('an operation on two tensors without two');
  // Two constants give one result for all samples.
  const y = expand(net.tape, combine(net.tape, layer.kind, a, b), graphShape(net.batch, output));
  return activate(net.tape, y, layer.activation);
}

function windowed(net: Network, layer: LayerOf<'averagePool2d' | 'maxPool2d'>): Value {
  const [, height = 1, width = 1] = net.shape(layer.input);
  const window = windowOf([height, width], layer.window, layer);
  if (hasEmptyWindow(window)) net.refuse(layer, 'some of its windows lie outside the image');
  const pool = layer.kind === 'maxPool2d' ? maxPool : averagePool;
  return activate(net.tape, pool(net.tape, net.activation(layer.input), window), layer.activation);
}

function convolution(net: Network, layer: LayerOf<'conv2d' | 'depthwiseConv2d'>): Value {
  const [, height = 1, width = 1] = net.shape(layer.input);
  const [, kernelHeight = 1, kernelWidth = 1] = net.shape(layer.weights);
  const window = windowOf([height, width], [kernelHeight, kernelWidth], layer);
  const run = layer.kind === 'conv2d' ? convolve : convolveDepthwise;
  const bias = layer.bias === undefined ? undefined : net.parameter(layer.bias);
  const x = net.activation(layer.input);
  return run(net.tape, x, net.parameter(layer.weights), bias, window, layer.activation);
}

/** The value with every dimension of the IR's tensor behind the batch, a leading 1 too. */
const withAllDimensions = (net: Network, id: TensorId): Value =>
  reshape(net.tape, toRows(net.tape, net.activation(id), net.shape(id)), [net.batch, ...net.shape(id)]);

/** How every kind of layer is written; the type makes a kind without an entry an error. */
const WRITERS: { readonly [K in LayerKind]: Writer<K> } = {
  conv2d: convolution,
  depthwiseConv2d: convolution,
  fullyConnected: (net, layer) => {
    const { tape } = net;
    const weights = net.parameter(layer.weights);
    const inputs = weights.shape[1] ?? 1;
    const rows = toRows(tape, net.activation(layer.input), net.shape(layer.input));
    const count = rows.shape.reduce((n, d) => n * d, 1);
    const bias = layer.bias === undefined ? undefined : net.parameter(layer.bias);
    const y = dense(tape, reshape(tape, rows, [count / inputs, inputs]), weights, bias);
    const shape = batchShape(net.batch, net.shape(layer.output));
    return fromRows(tape, reshape(tape, activate(tape, y, layer.activation), shape), net.shape(layer.output));
  },
  add: elementwise,
  mul: elementwise,
  sub: elementwise,
  averagePool2d: windowed,
  maxPool2d: windowed,
  mean: (net, layer) => {
    const shape = net.shape(layer.input);
    const axes = layer.axes.flatMap((axis) => axisOf(shape, axis) ?? []);
    const means = toRows(net.tape, mean(net.tape, net.activation(layer.input), axes), shape);
    return fromRows(net.tape, means, net.shape(layer.output));
  },
  pad: (net, layer) => {
    const { tape } = net;
    const input = net.shape(layer.input);
    const output = net.shape(layer.output);
    const x = net.activation(layer.input);
    const before = x.shape.map(() => 0);
    const after = x.shape.map(() => 0);
    if (sampleShape(input).length === sampleShape(output).length && output.length === input.length) {
      const grows = layer.paddings.map(([first, last], axis) => {
        const place = axisOf(input, axis);
        if (place === undefined) return first + last > 0;
        before[place] = first;
        after[place] = last;
        return false;
      });
      if (!grows.includes(true)) return pad(tape, x, before, after);
    }
    const all = withAllDimensions(net, layer.input);
    const padded = pad(
      tape,
      all,
      [0, ...layer.paddings.map(([first]) => first)],
      [0, ...layer.paddings.map(([, last]) => last)],
    );
    return fromRows(tape, padded, output);
  },
  reshape: (net, layer) =>
    fromRows(
      net.tape,
      toRows(net.tape, net.activation(layer.input), net.shape(layer.input)),
      net.shape(layer.output),
    ),
  concatenation: (net, layer) => {
    const { tape } = net;
    const output = net.shape(layer.output);
    const axis = layer.axis === 0 ? undefined : axisOf(output, layer.axis);
    const y =
      axis === undefined
        ? fromRows(
            tape,
            concatenate(
              tape,
              layer.inputs.map((id) => withAllDimensions(net, id)),
              layer.axis + 1,
            ),
            output,
          )
        : concatenate(
            tape,
            layer.inputs.map((id) => net.activation(id)),
            axis,
          );
    return activate(tape, y, layer.activation);
  },
  softmax: (net, layer) => {
    const shape = net.shape(layer.input);
    const x = net.activation(layer.input);
    const axis = axisOf(shape, shape.length - 1);
    if (axis !== undefined) return softmax(net.tape, x, axis, layer.beta);
    return reshape(net.tape, softmax(net.tape, reshape(net.tape, x, [net.batch, 1]), 1, layer.beta), x.shape);
  },
  logistic: (net, layer) => logistic(net.tape, net.activation(layer.input)),
  relu: (net, layer) => relu(net.tape, net.activation(layer.input)),
  relu6: (net, layer) => relu6(net.tape, net.activation(layer.input)),
  quantize: (net, layer) => net.refuse(layer, 'it rounds to int8'),
  dequantize: (net, layer) => net.refuse(layer, 'it reads int8'),
};

/** Writes a layer and keeps the value of its output. @throws OPQ1401 for one that cannot be trained through */
export function writeLayer(net: Network, layer: Layer): void {
  // One entry per kind, each for its own kind: which TypeScript cannot follow through an index.
  const write = WRITERS[layer.kind] as Writer<LayerKind>;
  net.set(layer.output, net.quantised(layer.output, write(net, layer as never), layer));
}
