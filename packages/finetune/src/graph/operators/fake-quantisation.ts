import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import type { FakeQuantisation } from '../training-graph';

/**
 * The nearest real number that int8 holds: scale · clamp(round(x / scale), −128 − zeroPoint, 127 − zeroPoint), halves to even.
 * Gradients pass unchanged where x lies within the range and stop outside of it (straight-through estimator).
 */
export function fakeQuantise(tape: Tape, x: Value, { scale, zeroPoint }: FakeQuantisation): Value {
  const { graph } = tape;
  const shape = x.shape;
  const steps = tape.node('Mul', [x, graph.filled(1 / scale)], shape);
  const inside = tape.node(
    'Clip',
    [steps, graph.filled(-128 - zeroPoint), graph.filled(127 - zeroPoint)],
    shape,
  );
  const rounded = tape.node('Round', [inside], shape);
  const y = tape.node('Mul', [rounded, graph.filled(scale)], shape);
  return tape.record(y, [
    x,
    (dy) => tape.node('Where', [tape.node('Equal', [steps, inside], shape), dy, graph.filled(0)], shape),
  ]);
}
