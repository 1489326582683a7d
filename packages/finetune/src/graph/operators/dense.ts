import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { reshape, sum } from './shape';

/**
 * x·Wᵀ + b
 * @param x [rows, I] @param weights [O, I] @param bias O elements
 * @returns [rows, O]
 */
export function dense(tape: Tape, x: Value, weights: Value, bias: Value | undefined): Value {
  const [rows = 1, inputs = 1] = x.shape;
  const [outputs = 1] = weights.shape;
  const row = bias && reshape(tape, bias, [outputs]);
  const y = tape.node('Gemm', [x, weights, ...(row ? [row] : [])], [rows, outputs], { transB: 1 });
  return tape.record(
    y,
    [x, (dy) => tape.node('MatMul', [dy, weights], [rows, inputs])],
    [weights, (dy) => tape.node('Gemm', [dy, x], [outputs, inputs], { transA: 1 })],
    ...(row ? [[row, (dy: Value) => sum(tape, dy, [0], false)] as const] : []),
  );
}
