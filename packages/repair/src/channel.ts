import { cholesky, coordinateDescent, dot, nearestPlane, product, solve } from './least-squares';
import type { PricedLevels } from './levels';
import type { Moments } from './moments';

/** What is to be solved: the survivors of one output channel. */
export interface ChannelProblem {
  readonly moments: Moments;
  /** Of the channel among the moments' outputs. */
  readonly output: number;
  /** Inputs of the survivors. */
  readonly survivors: Int32Array;
  /** What a level is multiplied with. */
  readonly scale: number;
  /** Prices in units of the error over scale². */
  readonly levels: PricedLevels;
  /** Levels of the survivors before. */
  readonly start: Float64Array;
  /** Their original weights, which the damping pulls towards. */
  readonly original: Float64Array;
  /** λ ≥ 0 on the diagonal of H. */
  readonly damping: number;
}

export interface ChannelSolution {
  readonly levels: Float64Array;
  /** Mean squared error over the rows with the best bias, before and after. */
  readonly before: number;
  readonly after: number;
}

/** Rounds of coordinate descent; it hardly ever takes so many. */
const ROUNDS = 25;

/** Survivors by ascending variance of their inputs: rounding begins at the end, where an error costs most. */
function order({ moments: { covariance, inputs }, survivors }: ChannelProblem): Int32Array {
  const variance = (k: number): number => covariance[(survivors[k] as number) * (inputs + 1)] as number;
  return Int32Array.from(survivors.keys()).sort((k, l) => variance(k) - variance(l) || k - l);
}

/**
 * Levels q of least E‖y − s·qᵀx̃ − b‖² + λ‖s·q − w‖², w the original weights: the real solution by Cholesky, sequential rounding
 * with error feedback, then coordinate descent. Kept only where the error without the damping is below the start's.
 */
export function solveChannel(problem: ChannelProblem): ChannelSolution {
  const { moments, output, survivors, scale, start, original, damping } = problem;
  const { covariance, cross, inputs } = moments;
  const n = survivors.length;
  const places = order(problem);
  const input = (i: number): number => survivors[places[i] as number] as number;
  const plain = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = input(i) * inputs;
    for (let j = 0; j < n; j++) plain[i * n + j] = covariance[row + input(j)] as number;
  }
  // In units of levels: w = s·q.
  const wanted = Float64Array.from(
    { length: n },
    (_, i) => (cross[output * inputs + input(i)] as number) / scale,
  );
  const variance = moments.outputVariances[output] as number;
  const errorOf = (q: Float64Array): number =>
    Math.max(0, variance + scale * scale * (dot(q, product(plain, q)) - 2 * dot(wanted, q)));
  const first = Float64Array.from(places, (k) => start[k] as number);
  const before = errorOf(first);

  const damped = Float64Array.from(plain);
  for (let i = 0; i < n; i++) damped[i * n + i] = (damped[i * n + i] as number) + damping;
  const target = wanted.map((c, i) => c + (damping * (original[places[i] as number] as number)) / scale);
  const factor = Float64Array.from(damped);
  if (!cholesky(factor, n)) return { levels: start, before, after: before };
  const q = nearestPlane(factor, solve(factor, target), problem.levels);
  coordinateDescent(damped, target, q, problem.levels, ROUNDS);
  const after = errorOf(q);
  if (!(after < before)) return { levels: start, before, after: before };
  const levels = new Float64Array(n);
  places.forEach((k, i) => (levels[k] = q[i] as number));
  return { levels, before, after };
}
