import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { concatenate, pad, reshape, slice, sum, transpose } from './shape';
import { padsOf, type Window } from './window';

/*
 * The gradient of a convolution's weights is a matrix product per sample: dy [O, pixels] times what the taps of the kernel
 * saw [taps·C, pixels]. How the taps are laid out was chosen by measurement (both runtimes, one thread, layers of ResNet-8,
 * DS-CNN and LeNet-5): copying whole rows is cheap and copying single pixels is not, so columns are shifted first, once per
 * column of the kernel, and every row of the kernel then takes whole rows of that. Where a stride would pick single pixels, a
 * convolution with a kernel of one 1 per tap picks them all at once, in half the time.
 */

/** Which taps share a product: all, those in a row of the kernel, or none. */
type Grouping = 'all' | 'row' | 'tap';

/** Products want many columns, laying out wants few copies; with whole vectors of channels a tap has columns enough. */
const groupingOf = (channels: number): Grouping =>
  channels < 8 ? 'all' : channels % 16 === 0 ? 'tap' : 'row';

/** Rows of an image that row `tap` of the kernel meets, one per row of the output. @param image [., ., H padded, .] */
export function rowsUnder(tape: Tape, image: Value, w: Window, tap: number): Value {
  const [first = 1, second = 1, , width = 1] = image.shape;
  const start = tap * w.dilation[0];
  const end = start + (w.output[0] - 1) * w.stride[0] + 1;
  return slice(tape, image, [0, 0, start, 0], [first, second, end, width], [1, 1, w.stride[0], 1]);
}

/** Columns of an image that column `tap` of the kernel meets, one per column of the output. @param image [., ., ., W padded] */
function columnsUnder(tape: Tape, image: Value, w: Window, tap: number): Value {
  const [first = 1, second = 1, height = 1] = image.shape;
  const start = tap * w.dilation[1];
  const end = start + (w.output[1] - 1) * w.stride[1] + 1;
  return slice(tape, image, [0, 0, 0, start], [first, second, height, end], [1, 1, 1, w.stride[1]]);
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** What every tap saw, [N, C·taps, pixels]: each channel of each sample convolved with one kernel per tap that is 1 there. */
function pickedByConvolution(tape: Tape, x: Value, w: Window): Value {
  const [batch = 1, channels = 1] = x.shape;
  const taps = w.kernel[0] * w.kernel[1];
  const ones = new Float32Array(taps * taps);
  for (let tap = 0; tap < taps; tap++) ones[tap * taps + tap] = 1;
  const alone = reshape(tape, { ...x, tracked: false }, [batch * channels, 1, ...w.input]);
  const shape = [batch * channels, taps, ...w.output];
  const picked = tape.node('Conv', [alone, tape.graph.floats([taps, 1, ...w.kernel], ones)], shape, {
    kernel_shape: w.kernel,
    strides: w.stride,
    dilations: w.dilation,
    pads: padsOf(w),
  });
  return reshape(tape, picked, [batch, channels * taps, w.output[0] * w.output[1]]);
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
  const [rows, columns] = w.kernel;
  const errors = reshape(tape, dy, [batch, outputs, pixels]);
  const times = (seen: Value): Value => {
    const taps = seen.shape[1] ?? 1;
    const matrix = reshape(tape, seen, [batch, taps, pixels]);
    return tape.node('FusedMatMul', [errors, matrix], [batch, outputs, taps], { transB: 1 });
  };
  if (w.stride[1] > 1 && rows * columns > 1) {
    const products = sum(tape, times(pickedByConvolution(tape, x, w)), [0], false);
    return transpose(tape, reshape(tape, products, [outputs, channels, rows, columns]), [0, 2, 3, 1]);
  }
  const image = pad(tape, { ...x, tracked: false }, [0, 0, w.top, w.left], [0, 0, w.bottom, w.right]);
  const shifted = upTo(columns).map((column) => columnsUnder(tape, image, w, column));
  const under = (image: Value, row: number): Value => rowsUnder(tape, image, w, row);
  const perRow = (products: (row: number) => readonly Value[]): Value =>
    concatenate(tape, upTo(rows).flatMap(products), 2);
  const layOut: Record<Grouping, () => Value> = {
    all: () => {
      const taps = upTo(rows).flatMap((row) => shifted.map((image) => under(image, row)));
      return times(concatenate(tape, taps, 1));
    },
    row: () => {
      const side = concatenate(tape, shifted, 1);
      return perRow((row) => [times(under(side, row))]);
    },
    tap: () => perRow((row) => shifted.map((image) => times(under(image, row)))),
  };
  const products = layOut[groupingOf(channels)]();
  return reshape(tape, sum(tape, products, [0], false), [outputs, rows, columns, channels]);
}
