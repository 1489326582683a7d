import type { Value } from '../onnx-graph';
import type { Tape } from '../tape';
import type { FakeQuantisation } from '../training-graph';

/**
 * Part of a step, inverted, over which the gradient falls to 0 beyond the range. A power of two: with bounds of at most 255 steps
 * everything that is added up is exact, and values at a bound are inside.
 */
const EDGE = 4096;

/**
 * The nearest real number that int8 holds: scale · clamp(round(x / scale), −128 − zeroPoint, 127 − zeroPoint), halves to even.
 * Gradients pass unchanged where x lies within the range and stop outside of it (straight-through estimator).
 * @param above true: x is nowhere below the range
 */
export function fakeQuantise(
  tape: Tape,
  x: Value,
  { scale, zeroPoint }: FakeQuantisation,
  above: boolean,
): Value {
  const { graph } = tape;
  const shape = x.shape;
  const [lowest, highest] = [-128 - zeroPoint, 127 - zeroPoint];
  const steps = tape.node('Mul', [x, graph.filled(1 / scale)], shape);
  const inside = tape.node('Clip', [steps, graph.filled(lowest), graph.filled(highest)], shape);
  const rounded = tape.node('Round', [inside], shape);
  const y = tape.node('Mul', [rounded, graph.filled(scale)], shape);
  // 1 inside: floats in a single pass each, where comparing and choosing takes several.
  const edge = (alpha: number, bound: number): Value =>
    tape.node('HardSigmoid', [steps], shape, { alpha: { real: alpha }, beta: { real: 1 - alpha * bound } });
  return tape.record(y, [
    x,
    (dy) => {
      const below = tape.node('Mul', [dy, edge(-EDGE, highest)], shape);
      return above ? below : tape.node('Mul', [below, edge(EDGE, lowest)], shape);
    },
  ]);
}
