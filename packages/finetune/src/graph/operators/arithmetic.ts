import { broadcastShape } from '@opq/ir';
import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { reduceTo } from './shape';

const OPERATOR = { add: 'Add', sub: 'Sub', mul: 'Mul' } as const;

/** a ∘ b, with NumPy broadcasting. */
export function combine(tape: Tape, kind: 'add' | 'sub' | 'mul', a: Value, b: Value): Value {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined) throw new RangeError(`${kind} of [${a.shape.join()}] and [${b.shape.join()}]`);
  const y = tape.node(OPERATOR[kind], [a, b], shape);
  const times = (dy: Value, other: Value): Value => tape.node('Mul', [dy, other], shape);
  const forA = { add: (dy: Value) => dy, sub: (dy: Value) => dy, mul: (dy: Value) => times(dy, b) }[kind];
  const forB = {
    add: (dy: Value) => dy,
    sub: (dy: Value) => tape.node('Neg', [dy], shape),
    mul: (dy: Value) => times(dy, a),
  }[kind];
  return tape.record(
    y,
    [a, (dy) => reduceTo(tape, forA(dy), a.shape)],
    [b, (dy) => reduceTo(tape, forB(dy), b.shape)],
  );
}

/** x · factor */
export const scale = (tape: Tape, x: Value, factor: number): Value =>
  factor === 1 ? x : combine(tape, 'mul', x, tape.graph.filled(factor));
