import { elementCount } from '@opq/ir';
import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { scale } from './arithmetic';
import { expand, pad, reshape, sum } from './shape';
import { padsOf, unreached, type Window } from './window';

/** Mean over the given dimensions, which stay as 1. */
export function mean(tape: Tape, x: Value, axes: readonly number[]): Value {
  const count = axes.reduce((n, axis) => n * (x.shape[axis] ?? 1), 1);
  return scale(tape, sum(tape, x, axes, true), 1 / count);
}

const whole = (w: Window): boolean =>
  w.kernel[0] === w.input[0] && w.kernel[1] === w.input[1] && padsOf(w).every((n) => n === 0);

/** How many pixels of the image lie under each window. */
function pixelsInside(w: Window): Float32Array {
  const along = (axis: 0 | 1, before: number, at: number): number => {
    const first = at * w.stride[axis] - before;
    return Math.max(0, Math.min(w.input[axis], first + w.kernel[axis]) - Math.max(0, first));
  };
  const [height, width] = w.output;
  return Float32Array.from(
    { length: height * width },
    (_, i) => along(0, w.top, Math.floor(i / width)) * along(1, w.left, i % width),
  );
}

/** Whether some window lies outside the image altogether, so that it has no average and no maximum. */
export const hasEmptyWindow = (w: Window): boolean => pixelsInside(w).includes(0);

/** Means over windows, of the pixels inside the image only. @param x [N, C, H, W] @returns [N, C, H', W'] */
export function averagePool(tape: Tape, x: Value, w: Window): Value {
  if (whole(w)) return mean(tape, x, [2, 3]);
  const [batch = 1, channels = 1] = x.shape;
  const shape = [batch, channels, ...w.output];
  // A sum under a window is a convolution with ones, the same for every channel: channels are taken for samples.
  const attributes = { kernel_shape: w.kernel, strides: w.stride, pads: padsOf(w) };
  const ones = tape.graph.filled(1, [1, 1, ...w.kernel]);
  const weights = tape.graph.floats([1, 1, ...w.output], pixelsInside(w).map((n) => 1 / n)); // prettier-ignore
  const alone = reshape(tape, { ...x, tracked: false }, [batch * channels, 1, ...w.input]);
  const sums = tape.node('Conv', [alone, ones], [batch * channels, 1, ...w.output], attributes);
  const y = reshape(tape, tape.node('Mul', [sums, weights], sums.shape), shape);
  return tape.record(y, [
    x,
    (dy) => {
      const weighted = tape.node('Mul', [reshape(tape, dy, sums.shape), weights], sums.shape);
      const spread = tape.node('ConvTranspose', [weighted, ones], alone.shape, {
        ...attributes,
        output_padding: unreached(w),
      });
      return reshape(tape, spread, x.shape);
    },
  ]);
}

/** Below every float32 that a network computes, yet finite. */
const LOWEST = -3.4e38;

/** Maxima over windows; the gradient goes to the first pixel that holds one. @param x [N, C, H, W] */
export function maxPool(tape: Tape, x: Value, w: Window): Value {
  const [height, width] = w.kernel;
  if (w.top >= height || w.bottom >= height || w.left >= width || w.right >= width) {
    // The operator of ONNX takes no padding as large as its window.
    const around = pad(tape, x, [0, 0, w.top, w.left], [0, 0, w.bottom, w.right], LOWEST);
    const [, , rows = 1, columns = 1] = around.shape;
    return maxPool(tape, around, { ...w, top: 0, left: 0, bottom: 0, right: 0, input: [rows, columns] });
  }
  const shape = [...x.shape.slice(0, 2), ...w.output];
  const attributes = { kernel_shape: w.kernel, strides: w.stride, pads: padsOf(w) };
  if (!x.tracked) return tape.node('MaxPool', [x], shape, attributes);
  const [y, places] = tape.graph.nodeWithOutputs('MaxPool', [x], [shape, shape], attributes);
  if (y === undefined || places === undefined) throw new RangeError('a pool without places');
  return tape.record(y, [
    x,
    (dy) => {
      const count = elementCount(shape);
      const flat = (value: Value): Value => reshape(tape, value, [count]);
      const total = elementCount(x.shape);
      const zeros = expand(tape, tape.graph.filled(0, [1]), [total]);
      const spread = tape.node('ScatterElements', [zeros, flat(places), flat(dy)], [total], {
        axis: 0,
        reduction: 'add',
      });
      return reshape(tape, spread, x.shape);
    },
  ]);
}
