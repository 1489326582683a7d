import type { Activation } from '@opq/ir';
import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import { combine, scale } from './arithmetic';
import { sum } from './shape';

/** A slope that takes every normal number above 0 to more than 1. */
const STEEP = { real: 3e38 };

/** dy where y, which is nowhere negative, is not 0; else 0. The steep line is one pass, faster than Sign or casts to truth values. */
export function whereActive(tape: Tape, y: Value, dy: Value): Value {
  const active = tape.node('HardSigmoid', [y], y.shape, { alpha: STEEP, beta: { real: 0 } });
  return tape.node('Mul', [dy, active], dy.shape);
}

/** max(x, 0); the gradient at 0 is 0. */
export function relu(tape: Tape, x: Value): Value {
  const y = tape.node('Relu', [x], x.shape);
  return tape.record(y, [x, (dy) => whereActive(tape, y, dy)]);
}

/** min(max(x, 0), 6); the gradient at 0 and 6 is 0. */
export function relu6(tape: Tape, x: Value): Value {
  const six = tape.graph.filled(6);
  const y = tape.node('Clip', [x, tape.graph.filled(0), six], x.shape);
  return tape.record(y, [
    x,
    (dy) => {
      // y·(6 − y) is 0 exactly at the bounds.
      const between = tape.node('Mul', [y, tape.node('Sub', [six, y], x.shape)], x.shape);
      return whereActive(tape, between, dy);
    },
  ]);
}

export function activate(tape: Tape, x: Value, activation: Activation): Value {
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return relu(tape, x);
    case 'relu6':
      return relu6(tape, x);
  }
}

/** 1 / (1 + e^−x) */
export function logistic(tape: Tape, x: Value): Value {
  const y = tape.node('Sigmoid', [x], x.shape);
  return tape.record(y, [
    x,
    (dy) => {
      const slope = tape.node('Mul', [y, tape.node('Sub', [tape.graph.filled(1), y], x.shape)], x.shape);
      return tape.node('Mul', [dy, slope], x.shape);
    },
  ]);
}

/** softmax(β·x) along an axis. */
export function softmax(tape: Tape, x: Value, axis: number, beta = 1): Value {
  const scaled = scale(tape, x, beta);
  const y = tape.node('Softmax', [scaled], x.shape, { axis });
  return tape.record(y, [
    scaled,
    (dy) => {
      const weighted = sum(tape, combine(tape, 'mul', dy, y), [axis], true);
      return combine(tape, 'mul', y, combine(tape, 'sub', dy, weighted));
    },
  ]);
}

/** log softmax(x) along an axis, which stays finite where softmax rounds to 0. */
export function logSoftmax(tape: Tape, x: Value, axis: number): Value {
  const y = tape.node('LogSoftmax', [x], x.shape, { axis });
  return tape.record(y, [
    x,
    (dy) => {
      const probabilities = tape.node('Exp', [y], x.shape);
      return combine(tape, 'sub', dy, combine(tape, 'mul', probabilities, sum(tape, dy, [axis], true)));
    },
  ]);
}
