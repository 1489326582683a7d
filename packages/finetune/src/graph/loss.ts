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
  /** What `Loss.layers` compares; empty without a teacher in the graph. */
  readonly layers: readonly LayerPair[];
}

/** The output of a layer, and what the teacher's layer gives. */
export interface LayerPair {
  readonly output: Value;
  /** Not tracked. */
  readonly wanted: Value;
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

/** Squares of the teacher's output are at least this many: a layer that gives nothing has no part in the loss. */
const LEAST_SQUARES = 1e-6;

/**
 * Σ(output − wanted)² / Σ wanted², mean over the pairs.
 * @param pairs outputs of one layer each, of the same shape
 */
function likeness(tape: Tape, pairs: readonly LayerPair[]): Value {
  const errors = pairs.map(({ output, wanted }) => {
    const difference = combine(tape, 'sub', output, wanted);
    const squares = total(tape, combine(tape, 'mul', wanted, wanted));
    const least = combine(tape, 'add', squares, tape.graph.filled(LEAST_SQUARES));
    const errors = total(tape, combine(tape, 'mul', difference, difference));
    return combine(tape, 'mul', errors, tape.node('Reciprocal', [least], least.shape));
  });
  return scale(
    tape,
    errors.reduce((a, b) => combine(tape, 'add', a, b), tape.graph.filled(0)),
    1 / Math.max(1, pairs.length),
  );
}

/** The weighted sum of the loss's parts, a scalar. */
export function writeLoss(tape: Tape, loss: Loss, { logits, targets, teacher, layers }: Compared): Value {
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
  add(loss.layers, () => likeness(tape, layers));
  return parts.length === 0 ? tape.graph.filled(0) : parts.reduce((a, b) => combine(tape, 'add', a, b));
}
