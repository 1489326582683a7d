import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { pad, reshape, transpose } from './shape';
import { unreached, type Window } from './window';

/*
 * Convolutions of images in blocks of channels (channel-blocks.ts). Kernels stand in blocks too: of outputs, and of inputs where
 * those fill one; [O/b, I/b, KH, KW, b inputs, b outputs] in memory, under the shape [O, I, KH, KW].
 */

/** Whether a convolution of these numbers of channels can run on blocks; few inputs stay as they are. */
export const runsBlocked = (tape: Tape, inputs: number, outputs: number): boolean =>
  tape.blocks.fill(outputs) && (inputs < tape.blocks.size || tape.blocks.fill(inputs));

/** The kernel of a convolution in blocks. @param weights OHWI */
export function blockedKernel(tape: Tape, weights: Value): Value {
  const [outputs = 1, height = 1, width = 1, inputs = 1] = weights.shape;
  const block = tape.blocks.size;
  const inner = inputs < block ? 1 : block;
  const parts = reshape(tape, weights, [outputs / block, block, height, width, inputs / inner, inner]);
  return reshape(tape, transpose(tape, parts, [0, 4, 2, 3, 5, 1]), [outputs, inputs, height, width]);
}

/** The kernel that spreads errors back: rows and columns in reverse, inputs for outputs. @param weights OHWI */
export function turnedKernel(tape: Tape, weights: Value): Value {
  const [outputs = 1, height = 1, width = 1, inputs = 1] = weights.shape;
  const block = tape.blocks.size;
  const reversed = reverse(tape, weights, [1, 2]);
  const parts = reshape(tape, reversed, [outputs / block, block, height, width, inputs / block, block]);
  return reshape(tape, transpose(tape, parts, [4, 0, 2, 3, 1, 5]), [inputs, outputs, height, width]);
}

/** The kernel of a depthwise convolution in blocks. @param weights [1, KH, KW, C] @returns [C, 1, KH, KW] */
export function blockedDepthwiseKernel(tape: Tape, weights: Value): Value {
  const [, height = 1, width = 1, channels = 1] = weights.shape;
  const block = tape.blocks.size;
  const parts = reshape(tape, weights, [height, width, channels / block, block]);
  return reshape(tape, transpose(tape, parts, [2, 0, 1, 3]), [channels, 1, height, width]);
}

/** Elements in reverse along some dimensions. */
export function reverse(tape: Tape, x: Value, dimensions: readonly number[]): Value {
  const axes = dimensions.filter((axis) => x.shape[axis] !== 1);
  if (axes.length === 0) return x;
  const list = (n: number): Value => tape.graph.integers(axes.map(() => n));
  const inputs = [x, list(-1), list(-(2 ** 31)), tape.graph.integers(axes), list(-1)];
  return tape.node('Slice', inputs, x.shape);
}

/** A convolution, and what follows it where that is a ReLU. @param kernel in blocks @returns [N, O, H', W'] */
export function blockedConvolution(
  tape: Tape,
  x: Value,
  kernel: Value,
  bias: Value | undefined,
  w: Pick<Window, 'kernel' | 'stride' | 'dilation' | 'output'> & { readonly pads: readonly number[] },
  options: { readonly group?: number; readonly relu?: boolean } = {},
): Value {
  const [batch = 1, inputs] = x.shape;
  const [outputs = 1] = kernel.shape;
  const image = tape.blocks.fill(inputs) ? tape.blocks.twinOf(x) : x;
  const twin = tape.graph.node(
    'BlockedConv',
    [image, kernel, ...(bias ? [bias] : [])],
    [batch, outputs, ...w.output],
    {
      kernel_shape: w.kernel,
      strides: w.stride,
      dilations: w.dilation,
      pads: w.pads,
      group: options.group ?? 1,
      ...(options.relu === true && { activation: 'Relu' }),
    },
  );
  return tape.blocks.fromTwin(twin);
}

/** Whether `blockedKernelGradient` can be written: samples take the place of channels. */
export const gradientRunsBlocked = (tape: Tape, batch: number, outputs: number): boolean =>
  runsBlocked(tape, batch, outputs);

/**
 * The gradient of a convolution's weights, itself a convolution: of the images, an input channel for each sample and a sample for
 * each channel, with the errors for a kernel that is as large as the output and steps as the convolution is dilated.
 * @param x [N, C, H, W] @param dy [N, O, H', W']
 * @returns OHWI
 */
export function blockedKernelGradient(tape: Tape, x: Value, dy: Value, w: Window): Value {
  const [batch = 1, channels = 1] = x.shape;
  const outputs = dy.shape[1] ?? 1;
  const block = tape.blocks.size;
  const inner = batch < block ? 1 : block;
  const [height, width] = w.output;
  const [rows, columns] = w.kernel;
  const rest = unreached(w);
  // Columns around the image are laid out: at its borders the convolution would take one output at a time.
  const below = w.bottom - rest[0];
  const images = pad(
    tape,
    transpose(tape, { ...x, tracked: false }, [1, 0, 2, 3]),
    [0, 0, 0, w.left],
    [0, 0, Math.min(0, below), w.right - rest[1]],
  );
  const errors = reshape(tape, tape.blocks.twinOf(dy), [
    batch / inner,
    inner,
    outputs / block,
    height * width,
    block,
  ]);
  const kernel = reshape(tape, transpose(tape, errors, [2, 0, 3, 1, 4]), [outputs, batch, height, width]);
  const products = tape.blocks.twinOf(
    blockedConvolution(tape, images, kernel, undefined, {
      kernel: w.output,
      stride: w.dilation,
      dilation: w.stride,
      pads: [w.top, 0, Math.max(0, below), 0],
      output: w.kernel,
    }),
  );
  const parts = reshape(tape, products, [channels, outputs / block, rows, columns, block]);
  return reshape(tape, transpose(tape, parts, [1, 4, 2, 3, 0]), [outputs, rows, columns, channels]);
}

/** Sums over samples and pixels: the gradient of a bias. @param dy [N, O, H, W] @returns [O] */
export function blockedBiasGradient(tape: Tape, dy: Value): Value {
  const [batch = 1, outputs = 1, height = 1, width = 1] = dy.shape;
  const block = tape.blocks.size;
  const errors = reshape(tape, tape.blocks.twinOf(dy), [batch, outputs / block, height * width, block]);
  const perSample = tape.node('ReduceSum', [errors, tape.graph.integers([2])], [batch, outputs / block, block], { keepdims: 0 }); // prettier-ignore
  const sums = tape.node('ReduceSum', [perSample, tape.graph.integers([0])], [outputs / block, block], {
    keepdims: 0,
  });
  return reshape(tape, sums, [outputs]);
}
