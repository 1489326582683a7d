import type { Value } from './onnx-graph';
import { logSoftmax } from './operators/activations';
import { combine, scale } from './operators/arithmetic';
import { reshape, sum } from './operators/shape';
import type { Tape } from './tape';
import type { Loss } from './training-graph';

export const readsTargets = (loss: Loss): boolean =>
  loss.crossEntropy !== 0 || (loss.meanSquare !== 0 && loss.meanSquareAgainst === 'targets');

export const readsTeacher = (loss: Loss): boolean =>
  loss.distillation !== 0 || (loss.meanSquare !== 0 && loss.meanSquareAgainst === 'teacher');

/** What the loss compares; a feed is there where `readsTargets` and `readsTeacher` say so. */
export interface Compared {
  /** [batch, …, classes] */
  readonly logits: Value;
  readonly targets: Value | undefined;
  readonly teacher: Value | undefined;
}

function present(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError('a feed of the loss is missing');
  return value;
}

const total = (tape: Tape, x: Value): Value =>
  sum(tape, x, x.shape.map((_, axis) => axis), false); // prettier-ignore

/** −Σ p·log softmax(logits), mean over rows. @param logits [rows, classes] @param probabilities [rows, classes] */
function crossEntropy(tape: Tape, logits: Value, probabilities: Value): Value {
  const products = combine(tape, 'mul', probabilities, logSoftmax(tape, logits, 1));
  return scale(tape, total(tape, products), -1 / (logits.shape[0] ?? 1));
}

/** T²·KL(softmax(teacher / T) ‖ softmax(logits / T)), mean over rows. */
function distillation(tape: Tape, logits: Value, teacher: Value, temperature: number): Value {
  const cooled = (x: Value): Value => logSoftmax(tape, scale(tape, x, 1 / temperature), 1);
  const wanted = cooled(teacher);
  const probabilities = tape.node('Exp', [wanted], wanted.shape);
  const divergence = combine(tape, 'mul', probabilities, combine(tape, 'sub', wanted, cooled(logits)));
  return scale(tape, total(tape, divergence), temperature ** 2 / (logits.shape[0] ?? 1));
}

function meanSquare(tape: Tape, output: Value, wanted: Value): Value {
  const difference = combine(tape, 'sub', output, wanted);
  const elements = output.shape.reduce((n, d) => n * d, 1);
  return scale(tape, total(tape, combine(tape, 'mul', difference, difference)), 1 / elements);
}

/** The weighted sum of the loss's parts, a scalar. */
export function writeLoss(tape: Tape, loss: Loss, { logits, targets, teacher }: Compared): Value {
  const classes = logits.shape.at(-1) ?? 1;
  const elements = logits.shape.reduce((n, d) => n * d, 1);
  const rows = (x: Value): Value => reshape(tape, x, [elements / classes, classes]);
  const parts: Value[] = [];
  const add = (weight: number, part: () => Value): void => {
    if (weight !== 0) parts.push(scale(tape, part(), weight));
  };
  add(loss.crossEntropy, () => crossEntropy(tape, rows(logits), rows(present(targets))));
  add(loss.distillation, () => distillation(tape, rows(logits), rows(present(teacher)), loss.temperature));
  add(loss.meanSquare, () =>
    meanSquare(tape, logits, present(loss.meanSquareAgainst === 'targets' ? targets : teacher)),
  );
  return parts.length === 0 ? tape.graph.filled(0) : parts.reduce((a, b) => combine(tape, 'add', a, b));
}
