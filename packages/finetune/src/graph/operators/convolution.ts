import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { kernelGradient } from './kernel-gradient';
import { reshape, sum, transpose } from './shape';
import { padsOf, unreached, type Window } from './window';

/**
 * 2-D convolution.
 * @param x [N, C, H, W] @param weights OHWI @param bias O elements
 * @returns [N, O, H', W']
 */
export function convolve(tape: Tape, x: Value, weights: Value, bias: Value | undefined, w: Window): Value {
  const [batch = 1] = x.shape;
  const [outputs = 1] = weights.shape;
  // What comes next is not recorded: the gradient is written for the weights as they are fed.
  const untracked = { ...weights, tracked: false };
  const kernel = transpose(tape, untracked, [0, 3, 1, 2]);
  const row = bias && reshape(tape, bias, [outputs]);
  const y = tape.node('Conv', [x, kernel, ...(row ? [row] : [])], [batch, outputs, ...w.output], {
    kernel_shape: w.kernel,
    strides: w.stride,
    dilations: w.dilation,
    pads: padsOf(w),
  });
  return tape.record(
    y,
    [x, (dy) => imageGradient(tape, dy, untracked, x.shape, w)],
    [weights, (dy) => kernelGradient(tape, x, dy, w)],
    ...(row ? [[row, (dy: Value) => sum(tape, dy, [0, 2, 3], false)] as const] : []),
  );
}

/** The gradient of the image: dy spread back through the kernel. @param weights OHWI @returns of the shape `image` */
function imageGradient(tape: Tape, dy: Value, weights: Value, image: readonly number[], w: Window): Value {
  const [outputs = 1, height = 1, width = 1, inputs = 1] = weights.shape;
  const reach = [(height - 1) * w.dilation[0], (width - 1) * w.dilation[1]] as const;
  const rest = unreached(w);
  const pads = [
    reach[0] - w.top,
    reach[1] - w.left,
    reach[0] - w.bottom + rest[0],
    reach[1] - w.right + rest[1],
  ];
  // Measured: the convolution is faster unless its output has more pixels than its input, which it then computes in vain.
  const grows = w.input[0] * w.input[1] > w.output[0] * w.output[1];
  if (!grows && w.stride[0] === 1 && w.stride[1] === 1 && pads.every((n) => n >= 0)) {
    const turned = transpose(tape, weights, [3, 0, 1, 2]);
    return tape.node('Conv', [dy, flipped(tape, turned)], image, {
      kernel_shape: [height, width],
      dilations: w.dilation,
      pads,
    });
  }
  const kernel = transpose(tape, weights, [0, 3, 1, 2]);
  if (kernel.shape[1] !== inputs || kernel.shape[0] !== outputs)
    throw new RangeError('a kernel of another shape');
  return tape.node('ConvTranspose', [dy, kernel], image, {
    kernel_shape: [height, width],
    strides: w.stride,
    dilations: w.dilation,
    pads: padsOf(w),
    output_padding: rest,
  });
}

/** Rows and columns of kernels in reverse. @param kernel [., ., KH, KW] */
export function flipped(tape: Tape, kernel: Value): Value {
  const axes = [2, 3].filter((axis) => kernel.shape[axis] !== 1);
  if (axes.length === 0) return kernel;
  const list = (n: number): Value => tape.graph.integers(axes.map(() => n));
  const inputs = [kernel, list(-1), list(-(2 ** 31)), tape.graph.integers(axes), list(-1)];
  return tape.node('Slice', inputs, kernel.shape);
}
