import { cholesky, solve } from '../../../packages/repair/src/least-squares';

/** A sum of steps: what a layer is predicted to take, and what it took. */
export interface Observation {
  readonly name: string;
  readonly predicted: number;
  readonly measured: number;
  /** How often each step is taken: instructions for one more of a coefficient. */
  readonly counts: readonly number[];
}

/** How much a coefficient that moves by its own size weighs against a layer that is predicted wrong by its own size. */
const INERTIA = 0.002;

/** Changes of some steps, for which the squares are least: the normal equations by Cholesky. */
function changes(steps: readonly number[], sizes: readonly number[], observations: readonly Observation[], held: readonly number[], inertia: number): Float64Array {
  const n = steps.length;
  const matrix = new Float64Array(n * n);
  const right = new Float64Array(n);
  steps.forEach((step, i) => (matrix[i * n + i] = inertia / sizes[step]! ** 2));
  for (const { predicted, measured, counts } of observations) {
    const missing = measured - predicted - counts.reduce((sum, count, step) => sum + count * held[step]!, 0);
    steps.forEach((step, i) => {
      right[i]! += (counts[step]! * missing) / measured ** 2;
      steps.forEach((other, j) => (matrix[i * n + j]! += (counts[step]! * counts[other]!) / measured ** 2));
    });
  }
  if (!cholesky(matrix, n)) throw new RangeError('steps cannot be told apart: more inertia is needed');
  return solve(matrix, right);
} // prettier-ignore

/**
 * Coefficients, none below 0, for which the squares of relative errors and what coefficients moved by are least together: steps that no layer tells apart
 * share what is missing, steps of no layer stay. What would fall below 0 is held there, and the others are sought again.
 * @param inertia above 0
 * @returns as many as `before`
 */
export function fit(before: readonly number[], observations: readonly Observation[], inertia = INERTIA): readonly number[] {
  const sizes = before.map((value) => Math.abs(value) + 1);
  const held = before.map(() => 0);
  let free = [...before.keys()];
  for (;;) {
    const found = changes(free, sizes, observations, held, inertia);
    const below = free.filter((step, i) => before[step]! + found[i]! < 0);
    if (below.length === 0) {
      const now = before.map((value, step) => value + held[step]!);
      free.forEach((step, i) => (now[step] = before[step]! + found[i]!));
      return now;
    }
    for (const step of below) held[step] = -before[step]!;
    free = free.filter((step) => !below.includes(step));
  }
} // prettier-ignore
