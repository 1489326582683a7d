import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { concatenate, pad, reshape, slice, sum } from './shape';
import type { Window } from './window';

/** The image with its padding around it. @param x [., ., H, W] */
const padded = (tape: Tape, x: Value, w: Window): Value =>
  pad(tape, x, [0, 0, w.top, w.left], [0, 0, w.bottom, w.right]);

/** What each tap of the kernel sees: one [., ., H', W'] per row and column of the kernel, row by row. */
export function taps(tape: Tape, x: Value, w: Window): readonly Value[] {
  const image = padded(tape, { ...x, tracked: false }, w);
  const [first = 1, second = 1] = x.shape;
  const list: Value[] = [];
  for (let ky = 0; ky < w.kernel[0]; ky++)
    for (let kx = 0; kx < w.kernel[1]; kx++) {
      const [y, left] = [ky * w.dilation[0], kx * w.dilation[1]];
      const ends = [
        first,
        second,
        y + (w.output[0] - 1) * w.stride[0] + 1,
        left + (w.output[1] - 1) * w.stride[1] + 1,
      ];
      list.push(slice(tape, image, [0, 0, y, left], ends, [1, 1, ...w.stride]));
    }
  return list;
}

/**
 * The gradient of a convolution's weights: Σ over samples and pixels of dy · what each tap saw.
 * @param x [N, C, H, W] @param dy [N, O, H', W']
 * @returns OHWI
 */
export function kernelGradient(tape: Tape, x: Value, dy: Value, w: Window): Value {
  const [batch = 1, channels = 1] = x.shape;
  const outputs = dy.shape[1] ?? 1;
  const pixels = w.output[0] * w.output[1];
  const columns = concatenate(tape, taps(tape, x, w), 1);
  const rows = columns.shape[1] ?? 1;
  const seen = reshape(tape, columns, [batch, rows, pixels]);
  const products = tape.node(
    'FusedMatMul',
    [reshape(tape, dy, [batch, outputs, pixels]), seen],
    [batch, outputs, rows],
    { transB: 1 },
  );
  return reshape(tape, sum(tape, products, [0], false), [outputs, ...w.kernel, channels]);
}
