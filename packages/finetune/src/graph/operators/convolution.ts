import type { Activation } from '@opq/ir';
import type { Value } from '../onnx-graph';
import type { Pullback, Tape } from '../tape';
import { activate, whereActive } from './activations';
import {
  blockedBiasGradient,
  blockedConvolution,
  blockedKernel,
  blockedKernelGradient,
  gradientRunsBlocked,
  reverse,
  runsBlocked,
  turnedKernel,
} from './blocked-convolution';
import { kernelGradient } from './kernel-gradient';
import { reshape, sum, transpose } from './shape';
import { padsOf, unreached, type Window } from './window';

/**
 * 2-D convolution and its activation.
 * @param x [N, C, H, W] @param weights OHWI @param bias O elements
 * @returns [N, O, H', W']
 */
export function convolve(
  tape: Tape,
  x: Value,
  weights: Value,
  bias: Value | undefined,
  w: Window,
  activation: Activation,
): Value {
  const [batch = 1, inputs = 1] = x.shape;
  const [outputs = 1] = weights.shape;
  // What comes next is not recorded: the gradient is written for the weights as they are fed.
  const untracked = { ...weights, tracked: false };
  const row = bias && reshape(tape, bias, [outputs]);
  const blocked = runsBlocked(tape, inputs, outputs);
  const pullbacks = (through: (dy: Value) => Value): readonly Pullback[] => [
    [x, (dy) => imageGradient(tape, through(dy), untracked, x.shape, w)],
    [
      weights,
      (dy) =>
        gradientRunsBlocked(tape, batch, outputs)
          ? blockedKernelGradient(tape, x, through(dy), w)
          : kernelGradient(tape, x, through(dy), w),
    ],
    ...(row ? [[row, (dy: Value) => biasGradient(tape, through(dy))] as const] : []),
  ];
  if (blocked) {
    const window = { ...w, pads: padsOf(w) };
    const fused = activation === 'relu';
    const y = blockedConvolution(tape, x, blockedKernel(tape, untracked), row, window, { relu: fused });
    const through = (dy: Value): Value => (fused ? whereActive(tape, y, dy) : dy);
    const recorded = tape.record(y, ...pullbacks(once(through)));
    return fused ? recorded : activate(tape, recorded, activation);
  }
  const kernel = transpose(tape, untracked, [0, 3, 1, 2]);
  const y = tape.node('Conv', [x, kernel, ...(row ? [row] : [])], [batch, outputs, ...w.output], {
    kernel_shape: w.kernel,
    strides: w.stride,
    dilations: w.dilation,
    pads: padsOf(w),
  });
  return activate(tape, tape.record(y, ...pullbacks((dy) => dy)), activation);
}

/** Sums over samples and pixels. @param dy [N, O, H', W'] @returns [O] */
export const biasGradient = (tape: Tape, dy: Value): Value =>
  tape.blocks.fill(dy.shape[1]) && tape.blocks.hasTwin(dy)
    ? blockedBiasGradient(tape, dy)
    : sum(tape, dy, [0, 2, 3], false);

/** The same node for the same gradient, which several pullbacks take. */
export function once(through: (dy: Value) => Value): (dy: Value) => Value {
  const known = new Map<string, Value>();
  return (dy) => {
    const made = known.get(dy.name) ?? through(dy);
    known.set(dy.name, made);
    return made;
  };
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
  const unit = w.stride[0] === 1 && w.stride[1] === 1 && pads.every((n) => n >= 0);
  if (unit && runsBlocked(tape, outputs, inputs) && tape.blocks.fill(outputs)) {
    const window = { kernel: w.kernel, stride: w.stride, dilation: w.dilation, pads, output: w.input };
    return blockedConvolution(tape, dy, turnedKernel(tape, weights), undefined, window);
  }
  if (!grows && unit) {
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
export const flipped = (tape: Tape, kernel: Value): Value => reverse(tape, kernel, [2, 3]);
