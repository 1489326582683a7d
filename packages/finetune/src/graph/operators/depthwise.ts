import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { flipped } from './convolution';
import { taps } from './kernel-gradient';
import { concatenate, reshape, sum, transpose } from './shape';
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
): Value {
  const [batch = 1, channels = 1] = x.shape;
  const outputs = weights.shape[3] ?? 1;
  const kernel = transpose(tape, { ...weights, tracked: false }, [3, 0, 1, 2]);
  const row = bias && reshape(tape, bias, [outputs]);
  const y = tape.node('Conv', [x, kernel, ...(row ? [row] : [])], [batch, outputs, ...w.output], {
    kernel_shape: w.kernel,
    strides: w.stride,
    dilations: w.dilation,
    pads: padsOf(w),
    group: channels,
  });
  return tape.record(
    y,
    [x, (dy) => imageGradient(tape, dy, kernel, x.shape, w)],
    [weights, (dy) => depthwiseKernelGradient(tape, x, dy, w)],
    ...(row ? [[row, (dy: Value) => sum(tape, dy, [0, 2, 3], false)] as const] : []),
  );
}

/** @param kernel [C·M, 1, KH, KW] @returns of the shape `image` */
function imageGradient(tape: Tape, dy: Value, kernel: Value, image: readonly number[], w: Window): Value {
  const channels = image[1] ?? 1;
  const multiplier = (kernel.shape[0] ?? 1) / channels;
  const reach = [(w.kernel[0] - 1) * w.dilation[0], (w.kernel[1] - 1) * w.dilation[1]] as const;
  const rest = unreached(w);
  const pads = [
    reach[0] - w.top,
    reach[1] - w.left,
    reach[0] - w.bottom + rest[0],
    reach[1] - w.right + rest[1],
  ];
  if (w.stride[0] === 1 && w.stride[1] === 1 && pads.every((n) => n >= 0)) {
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

/** @param x [N, C, H, W] @param dy [N, C·M, H', W'] @returns [1, KH, KW, C·M] */
function depthwiseKernelGradient(tape: Tape, x: Value, dy: Value, w: Window): Value {
  const [batch = 1, channels = 1] = x.shape;
  const outputs = dy.shape[1] ?? 1;
  const pixels = w.output[0] * w.output[1];
  const places = w.kernel[0] * w.kernel[1];
  const seen = concatenate(
    tape,
    taps(tape, x, w).map((tap) => reshape(tape, tap, [batch, channels, 1, pixels])),
    2,
  );
  const multiplier = outputs / channels;
  const products = tape.node(
    'FusedMatMul',
    [seen, reshape(tape, dy, [batch, channels, multiplier, pixels])],
    [batch, channels, places, multiplier],
    { transB: 1 },
  );
  const total = sum(tape, products, [0], false);
  return reshape(tape, transpose(tape, total, [1, 0, 2]), [1, ...w.kernel, outputs]);
}
