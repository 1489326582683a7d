import { elementCount, tensorOf, type Model } from '@opq/ir';
import type { DeployReport } from './report';

/**
 * What outputs are measured by: `classification`, the largest one against the label; `reconstruction`, their distance to the
 * input, which tells anomalies.
 */
export type Task = DeployReport['task'];

/** Position of the largest output, the first one where several are equal. */
export function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** A network that gives as many values as it takes puts its input together again; any other tells classes apart. */
export function taskOf(model: Model): Task {
  const count = (id: Model['inputs'][number] | undefined): number =>
    id === undefined ? 0 : elementCount(tensorOf(model, id).shape);
  const [input, output] = [count(model.inputs[0]), count(model.outputs[0])];
  return input === output && input > 1 ? 'reconstruction' : 'classification';
}

/** Mean of the squared differences of two arrays of one length. */
function meanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return a.length === 0 ? 0 : sum / a.length;
}

/** A sample's label, 0 for normal and anything else for an anomaly, and how far off its reconstruction is. */
export interface Scored {
  /** 0: normal. */
  readonly label: number;
  /** Mean squared difference of input and output, at least 0. */
  readonly score: number;
}

/**
 * Area under the ROC curve: how often an anomaly scores above a normal sample, a tie counting half (Mann and Whitney's U over
 * the number of pairs). 0.5 where one of the two kinds is absent.
 */
export function areaUnderCurve(scored: readonly Scored[]): number {
  const sorted = scored.toSorted((a, b) => a.score - b.score);
  const anomalies = sorted.filter(({ label }) => label !== 0).length;
  const normal = sorted.length - anomalies;
  if (anomalies === 0 || normal === 0) return 0.5;
  let ranks = 0;
  for (let from = 0; from < sorted.length; ) {
    let past = from;
    while (past < sorted.length && sorted[past]?.score === sorted[from]?.score) past++;
    const tied = sorted.slice(from, past).filter(({ label }) => label !== 0).length;
    // Ranks from + 1 … past, their mean for each of the tied.
    ranks += (tied * (from + 1 + past)) / 2;
    from = past;
  }
  return (ranks - (anomalies * (anomalies + 1)) / 2) / (anomalies * normal);
}

/** Sums accuracy up, sample by sample. */
export interface Score {
  /**
   * Counts one sample: real values of its input and output.
   * @param label undefined where the sample has none: it does not count
   */
  add(label: number | undefined, input: Float32Array, output: ArrayLike<number>): void;
  /** 0…1; null without labels. */
  accuracy(): number | null;
  /** Rows are labels, columns answers; null without labels, or where there are no classes. */
  confusion(): readonly (readonly number[])[] | null;
}

function topOne(): Score {
  const pairs: (readonly [number, number])[] = [];
  let classes = 0;
  return {
    add(label, _, output) {
      classes = Math.max(classes, output.length, (label ?? 0) + 1);
      if (label !== undefined) pairs.push([label, largest(output)]);
    },
    accuracy: () =>
      pairs.length === 0 ? null : pairs.filter(([label, answer]) => label === answer).length / pairs.length,
    confusion() {
      if (pairs.length === 0) return null;
      const table = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      for (const [label, answer] of pairs) {
        const row = table[label];
        if (row !== undefined) row[answer] = (row[answer] ?? 0) + 1;
      }
      return table;
    },
  };
}

function reconstruction(): Score {
  const scored: Scored[] = [];
  return {
    add(label, input, output) {
      if (label !== undefined) scored.push({ label, score: meanSquare(input, output) });
    },
    accuracy: () => (scored.length === 0 ? null : areaUnderCurve(scored)),
    confusion: () => null,
  };
}

/**
 * Accuracy of a task: the share of right answers, or the area under the ROC curve.
 * @param task what outputs are measured by: classes by the largest one, reconstructions (real values) by their distance
 */
export const createScore = (task: Task): Score => (task === 'classification' ? topOne() : reconstruction());
