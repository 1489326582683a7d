import type { Value } from './onnx-graph';
import { reshape, transpose } from './operators/shape';
import type { Tape } from './tape';

/*
 * How the IR's activations, made for one sample, stand in a graph for a batch: a leading dimension of 1 becomes the batch,
 * and a tensor without one gets the batch in front. What is left of three dimensions is an image and stands channels first,
 * as onnxruntime computes on images; everything else keeps the IR's order.
 */

/** The IR's shape without its leading dimension of 1. */
export const sampleShape = (shape: readonly number[]): readonly number[] =>
  shape[0] === 1 ? shape.slice(1) : shape;

const isImage = (shape: readonly number[]): boolean => sampleShape(shape).length === 3;

/** [batch, …sample], the shape of samples fed and of outputs fetched. */
export const batchShape = (batch: number, shape: readonly number[]): readonly number[] => [
  batch,
  ...sampleShape(shape),
];

/** The shape of the value as the graph keeps it. */
export function graphShape(batch: number, shape: readonly number[]): readonly number[] {
  const [height = 1, width = 1, channels = 1] = sampleShape(shape);
  return isImage(shape) ? [batch, channels, height, width] : batchShape(batch, shape);
}

/** The value in the IR's order: [batch, …sample]. @param shape the tensor's in the IR */
export const toRows = (tape: Tape, value: Value, shape: readonly number[]): Value =>
  isImage(shape) ? transpose(tape, value, [0, 2, 3, 1]) : value;

/** The value as the graph keeps it, from its elements in the IR's order. @param shape the tensor's in the IR */
export function fromRows(tape: Tape, rows: Value, shape: readonly number[]): Value {
  const [batch = 1] = rows.shape;
  const value = reshape(tape, rows, batchShape(batch, shape));
  return isImage(shape) ? transpose(tape, value, [0, 3, 1, 2]) : value;
}

/** Dimension of the graph's value that is dimension `axis` of the IR's tensor; undefined for the leading 1, which is not there. */
export function axisOf(shape: readonly number[], axis: number): number | undefined {
  const place = shape[0] === 1 ? axis - 1 : axis;
  if (place < 0) return undefined;
  return isImage(shape) ? ([2, 3, 1][place] ?? 1) : place + 1;
}

/**
 * An operand of a broadcasting operation, with dimensions of 1 where it lacks some, in the order of the result.
 * @param operand of rows [batch or 1, …sample] @param output the result's shape in the IR
 */
export function aligned(tape: Tape, operand: Value, output: readonly number[]): Value {
  const [batch = 1, ...sample] = operand.shape;
  const missing = sampleShape(output).length - sample.length;
  const full = reshape(tape, operand, [batch, ...new Array<number>(missing).fill(1), ...sample]);
  return isImage(output) ? transpose(tape, full, [0, 3, 1, 2]) : full;
}
