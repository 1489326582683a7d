import { elementCount } from '@opq/ir';
import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);

/** The same elements in the same order under another shape. */
export function reshape(tape: Tape, x: Value, shape: readonly number[]): Value {
  if (same(x.shape, shape)) return x;
  if (elementCount(x.shape) !== elementCount(shape))
    throw new RangeError(`[${x.shape.join()}] as [${shape.join()}]`);
  const y = tape.node('Reshape', [x, tape.graph.integers(shape)], shape);
  return tape.record(y, [x, (dy) => reshape(tape, dy, x.shape)]);
}

/** @param order which dimension of x each dimension of the result is */
export function transpose(tape: Tape, x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[axis] ?? 1);
  // Dimensions of 1 may move freely: where only they do, no element moves.
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] ?? 0))) return reshape(tape, x, shape);
  const y = tape.node('Transpose', [x], shape, { perm: order });
  const back = order.map((_, axis) => order.indexOf(axis));
  return tape.record(y, [x, (dy) => transpose(tape, dy, back)]);
}

/** Elements from `starts` up to, and without, `ends`, every `steps`-th; one of each per dimension. */
export function slice(
  tape: Tape,
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Value {
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => starts[axis] !== 0 || ends[axis] !== x.shape[axis] || steps[axis] !== 1);
  if (axes.length === 0) return x;
  const pick = (list: readonly number[]): Value => tape.graph.integers(axes.map((axis) => list[axis] ?? 0));
  const shape = x.shape.map((_, axis) =>
    Math.ceil(((ends[axis] ?? 0) - (starts[axis] ?? 0)) / (steps[axis] ?? 1)),
  );
  const inputs = [x, pick(starts), pick(ends), tape.graph.integers(axes), pick(steps)];
  const y = tape.node('Slice', inputs, shape);
  if (steps.some((step) => step !== 1)) {
    if (x.tracked) throw new RangeError('the gradient of a slice with steps');
    return y;
  }
  const after = x.shape.map((extent, axis) => extent - (ends[axis] ?? 0));
  return tape.record(y, [x, (dy) => pad(tape, dy, starts, after)]);
}

/** Puts elements of one value around x. @param before how many in front, per dimension @param after how many behind */
export function pad(
  tape: Tape,
  x: Value,
  before: readonly number[],
  after: readonly number[],
  value = 0,
): Value {
  if ([...before, ...after].every((n) => n === 0)) return x;
  const shape = x.shape.map((extent, axis) => extent + (before[axis] ?? 0) + (after[axis] ?? 0));
  const inputs = [x, tape.graph.integers([...before, ...after]), tape.graph.filled(value)];
  const y = tape.node('Pad', inputs, shape, { mode: 'constant' });
  const ends = x.shape.map((extent, axis) => extent + (before[axis] ?? 0));
  return tape.record(y, [x, (dy) => slice(tape, dy, before, ends)]);
}

export function concatenate(tape: Tape, parts: readonly Value[], axis: number): Value {
  const [head] = parts;
  if (head === undefined) throw new RangeError('nothing to concatenate');
  if (parts.length === 1) return head;
  const total = parts.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  const along = (of: readonly number[], extent: number): readonly number[] =>
    of.map((d, i) => (i === axis ? extent : d));
  const y = tape.node('Concat', parts, along(head.shape, total), { axis });
  let place = 0;
  const pullbacks = parts.map((part) => {
    const start = place;
    place += part.shape[axis] ?? 0;
    const starts = along(part.shape.map(() => 0), start); // prettier-ignore
    const ends = along(part.shape, place);
    return [part, (dy: Value) => slice(tape, dy, starts, ends)] as const;
  });
  return tape.record(y, ...pullbacks);
}

/** x repeated along dimensions of 1 until it has the shape. */
export function expand(tape: Tape, x: Value, shape: readonly number[]): Value {
  if (same(x.shape, shape)) return x;
  const y = tape.node('Expand', [x, tape.graph.integers(shape)], shape);
  return tape.record(y, [x, (dy) => reduceTo(tape, dy, x.shape)]);
}

/** Sums of x over the given dimensions. */
export function sum(tape: Tape, x: Value, axes: readonly number[], keepDimensions: boolean): Value {
  const kept = x.shape.map((d, axis) => (axes.includes(axis) ? 1 : d));
  const shape = keepDimensions ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(tape, x, shape);
  const y = tape.node('ReduceSum', [x, tape.graph.integers(axes)], shape, {
    keepdims: keepDimensions ? 1 : 0,
  });
  return tape.record(y, [x, (dy) => expand(tape, reshape(tape, dy, kept), x.shape)]);
}

/** Adds up what broadcasting repeated: the gradient of a broadcast operand of the given shape. */
export function reduceTo(tape: Tape, x: Value, shape: readonly number[]): Value {
  const missing = x.shape.length - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < missing || (shape[axis - missing] === 1 && x.shape[axis] !== 1));
  return axes.length === 0 ? x : reshape(tape, sum(tape, x, axes, true), shape);
}
