import type { Activation } from '@opq/ir';
import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { activate, whereActive } from './activations';
import { blockedConvolution, blockedDepthwiseKernel, reverse } from './blocked-convolution';
import { biasGradient, flipped, once } from './convolution';
import { rowsUnder } from './kernel-gradient';
import { concatenate, pad, reshape, transpose } from './shape';
import { padsOf, unreached, type Window } from './window';

/**
 * Depthwise convolution: output channel c reads input channel ⌊c / M⌋.
 * @param x [N, C, H, W] @param weights [1, KH, KW, C·M] @param bias C·M elements
 * @returns [N, C·M, H', W']
 */
export function convolveDepthwise(
  tape: Tape,
  x: Value,
  weights: Value,
  bias: Value | undefined,
  w: Window,
  activation: Activation,
): Value {
  const [batch = 1, channels = 1] = x.shape;
  const outputs = weights.shape[3] ?? 1;
  const untracked = { ...weights, tracked: false };
  const row = bias && reshape(tape, bias, [outputs]);
  const blocked = tape.blocks.fill(channels) && outputs === channels;
  const fused = blocked && activation === 'relu';
  const y = blocked
    ? blockedConvolution(
        tape, x, blockedDepthwiseKernel(tape, untracked), row, { ...w, pads: padsOf(w) }, { group: channels, relu: fused },
      )
    : tape.node('Conv', [x, kernelOf(tape, untracked), ...(row ? [row] : [])], [batch, outputs, ...w.output], {
        kernel_shape: w.kernel,
        strides: w.stride,
        dilations: w.dilation,
        pads: padsOf(w),
        group: channels,
      }); // prettier-ignore
  const through = once((dy) => (fused ? whereActive(tape, y, dy) : dy));
  const recorded = tape.record(
    y,
    [x, (dy) => imageGradient(tape, through(dy), untracked, x.shape, w)],
    [weights, (dy) => depthwiseKernelGradient(tape, x, through(dy), w)],
    ...(row ? [[row, (dy: Value) => biasGradient(tape, through(dy))] as const] : []),
  );
  return fused ? recorded : activate(tape, recorded, activation);
}

/** The kernel as ONNX has it. @param weights [1, KH, KW, C·M] @returns [C·M, 1, KH, KW] */
const kernelOf = (tape: Tape, weights: Value): Value => transpose(tape, weights, [3, 0, 1, 2]);

/** @param weights [1, KH, KW, C·M] @returns of the shape `image` */
function imageGradient(tape: Tape, dy: Value, weights: Value, image: readonly number[], w: Window): Value {
  const channels = image[1] ?? 1;
  const multiplier = (weights.shape[3] ?? 1) / channels;
  const reach = [(w.kernel[0] - 1) * w.dilation[0], (w.kernel[1] - 1) * w.dilation[1]] as const;
  const rest = unreached(w);
  const pads = [
    reach[0] - w.top,
    reach[1] - w.left,
    reach[0] - w.bottom + rest[0],
    reach[1] - w.right + rest[1],
  ];
  const unit = w.stride[0] === 1 && w.stride[1] === 1 && pads.every((n) => n >= 0);
  if (unit && multiplier === 1 && tape.blocks.fill(channels)) {
    const turned = blockedDepthwiseKernel(tape, reverse(tape, weights, [1, 2]));
    const window = { kernel: w.kernel, stride: w.stride, dilation: w.dilation, pads, output: w.input };
    return blockedConvolution(tape, dy, turned, undefined, window, { group: channels });
  }
  const kernel = kernelOf(tape, weights);
  if (unit) {
    // One kernel [M, KH, KW] per input channel: [C, M, KH, KW].
    const turned = reshape(tape, flipped(tape, kernel), [channels, multiplier, ...w.kernel]);
    return tape.node('Conv', [dy, turned], image, {
      kernel_shape: w.kernel,
      dilations: w.dilation,
      pads,
      group: channels,
    });
  }
  return tape.node('ConvTranspose', [dy, kernel], image, {
    kernel_shape: w.kernel,
    strides: w.stride,
    dilations: w.dilation,
    pads: padsOf(w),
    output_padding: rest,
    group: channels,
  });
}

/** 1 where column `input` of the image lies under column `kernel` of the window at `output`: [W'·W, KW]. */
function columnSelection(w: Window): Float32Array {
  const [outputs, inputs, columns] = [w.output[1], w.input[1], w.kernel[1]];
  const selection = new Float32Array(outputs * inputs * columns);
  for (let output = 0; output < outputs; output++)
    for (let column = 0; column < columns; column++) {
      const input = output * w.stride[1] + column * w.dilation[1] - w.left;
      if (input >= 0 && input < inputs) selection[(output * inputs + input) * columns + column] = 1;
    }
  return selection;
}

/**
 * The gradient of a depthwise kernel. Per channel and row of the kernel, the product of dyᵀ [W', rows] with the rows of the
 * image it meets [rows, W] holds Σ dy·x for every pair of columns; a product with a constant then adds up the pairs that each
 * column of the kernel sees. Only whole rows are copied, and products are few and large: five times as fast here as one small
 * product per channel and sample.
 * @param x [N, C, H, W] @param dy [N, C·M, H', W']
 * @returns [1, KH, KW, C·M]
 */
function depthwiseKernelGradient(tape: Tape, x: Value, dy: Value, w: Window): Value {
  const [batch = 1, channels = 1] = x.shape;
  const outputs = dy.shape[1] ?? 1;
  const multiplier = outputs / channels;
  const [height, width] = w.output;
  const [rows, columns] = w.kernel;
  const perSample = reshape(tape, dy, [batch, channels, multiplier, height, width]);
  const errors = reshape(tape, transpose(tape, perSample, [1, 0, 3, 2, 4]), [
    channels,
    batch * height,
    multiplier * width,
  ]);
  const images = transpose(tape, { ...x, tracked: false }, [1, 0, 2, 3]);
  const padded = pad(tape, images, [0, 0, w.top, 0], [0, 0, w.bottom, 0]);
  const pairs = Array.from({ length: rows }, (_, row) => {
    const seen = reshape(tape, rowsUnder(tape, padded, w, row), [channels, batch * height, w.input[1]]);
    const shape = [channels, multiplier * width, w.input[1]];
    const product = tape.node('FusedMatMul', [errors, seen], shape, { transA: 1 });
    return reshape(tape, product, [channels, multiplier, 1, width * w.input[1]]);
  });
  const selection = tape.graph.floats([width * w.input[1], columns], columnSelection(w));
  const all = concatenate(tape, pairs, 2);
  const sums = tape.node('MatMul', [all, selection], [channels, multiplier, rows, columns]);
  return reshape(tape, transpose(tape, sums, [2, 3, 0, 1]), [1, rows, columns, outputs]);
}
