import { flasherErrors } from '@opq/errors';
import { latencyOf, type Latency } from '@opq/flasher';
import type { Target } from '@opq/targets';
import type { BenchmarkData } from './samples';
import type { BenchmarkSession } from './session';

/** How loops are counted out. */
export interface LoopOptions {
  readonly target: Target;
  /** True on a board that is no emulator. */
  readonly physical: boolean;
  /** Inferences of a loop; counted out unless given. */
  readonly iterations?: number | undefined;
  /** Inferences before each loop that are not timed. */
  readonly warmUp: number;
  /** Seconds of the board's timer that a loop has to last; ten, and less on a slow emulated board, unless given. */
  readonly minimumSeconds?: number | undefined;
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

interface Loop {
  readonly sample: string;
  readonly iterations: number;
  /** Of the board's timer, between the two timestamps. */
  readonly microseconds: number;
}

export interface PerformanceResult {
  readonly mode: 'performance';
  readonly warmUp: number;
  readonly loops: readonly Loop[];
  /** Seconds that a loop had to last. */
  readonly minimumSeconds: number;
  /** Ten seconds would have been too many instructions for an emulated board, so that a loop lasts less. */
  readonly capped: boolean;
  /** Whether every loop lasted ten seconds, as the rules of MLPerf Tiny want it. */
  readonly byTheRules: boolean;
  /** Median of the loops, per second of the board's timer. An emulated board's seconds count instructions: no chip's speed. */
  readonly inferencesPerSecond: number;
  /** Of one inference, in that loop. */
  readonly latency: Latency;
}

export const LOOPS = 5;
const RULE_SECONDS = 10;
/** What an emulated board computes in a second or a few. */
const EMULATED_INSTRUCTIONS = 1e9;
/** A loop a little longer than it has to be, since inferences differ. */
const MARGIN = 1.01;
/** Long against the resolution of a timer, a millisecond at worst. */
const PILOT_MICROSECONDS = 100_000;
const PILOT_RUNS = 1 << 20;

/** The time to wait for inferences that take so long by the board's timer; an emulated board may be a hundred times slower. */
export function patience(microseconds: number, { target, physical }: LoopOptions): number {
  const instructions = latencyOf(target, (microseconds * target.timer.frequency) / 1e6, physical);
  return 60 + (instructions.kind === 'instructions' ? instructions.value / 1e6 : (3 * microseconds) / 1e6);
}

const PILOT_SECONDS = 300;

/** Microseconds of one inference, over as many as it takes to tell. @throws OPQ0810 where the timer stands still */
async function pilot(session: BenchmarkSession, device: string): Promise<number> {
  for (let runs = 1; runs <= PILOT_RUNS; runs *= 4) {
    const { microseconds = 0 } = await session.infer(runs, 0, PILOT_SECONDS);
    if (microseconds >= PILOT_MICROSECONDS) return microseconds / runs;
  }
  throw flasherErrors.unexpectedAnswer(device, `infer ${PILOT_RUNS} 0`, 'a timer that goes on', []);
}

export interface LoopPlan {
  readonly iterations: number;
  readonly minimumSeconds: number;
  readonly capped: boolean;
}

/** @param microseconds of one inference */
export function planLoops(microseconds: number, options: LoopOptions): LoopPlan {
  const { target, physical, iterations } = options;
  const wanted = options.minimumSeconds ?? RULE_SECONDS;
  const { emulator } = target;
  const most =
    physical || emulator === undefined || options.minimumSeconds !== undefined
      ? Infinity
      : (EMULATED_INSTRUCTIONS * 2 ** emulator.icountShift) / 1e9;
  const minimumSeconds = Math.min(wanted, most);
  return {
    iterations: iterations ?? Math.max(1, Math.ceil((MARGIN * minimumSeconds * 1e6) / microseconds)),
    minimumSeconds,
    capped: minimumSeconds < wanted,
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The sample of a loop: data sets smaller than five begin anew; of a long one its first window. */
export async function loadFor(session: BenchmarkSession, data: BenchmarkData, loop: number): Promise<string> {
  const index = loop % data.count;
  const [window] = data.windows(index);
  if (window === undefined) throw new RangeError('a sample has a window');
  await session.load(window);
  return data.name(index);
}

/** Five loops, each on a sample of its own, as performance mode has them. @throws OPQ0808…OPQ0810 */
export async function measurePerformance(
  session: BenchmarkSession,
  device: string,
  data: BenchmarkData,
  options: LoopOptions,
): Promise<PerformanceResult> {
  const { target, physical, warmUp } = options;
  await loadFor(session, data, 0);
  const each = await pilot(session, device);
  const { iterations, minimumSeconds, capped } = planLoops(each, options);
  const loops: Loop[] = [];
  for (let loop = 0; loop < LOOPS; loop++) {
    options.progress?.(loop, LOOPS);
    const sample = await loadFor(session, data, loop);
    const seconds = patience(each * (iterations + warmUp), options);
    const { microseconds = 0 } = await session.infer(iterations, warmUp, seconds);
    if (microseconds === 0)
      throw flasherErrors.unexpectedAnswer(device, `infer ${iterations}`, 'a timer that goes on', []);
    loops.push({ sample, iterations, microseconds });
  }
  options.progress?.(LOOPS, LOOPS);
  const middle = median(loops.map((loop) => loop.microseconds / loop.iterations));
  return {
    mode: 'performance',
    warmUp,
    loops,
    minimumSeconds,
    capped,
    byTheRules: loops.every(({ microseconds }) => microseconds >= 1e6 * RULE_SECONDS),
    inferencesPerSecond: 1e6 / middle,
    latency: latencyOf(target, (middle * target.timer.frequency) / 1e6, physical),
  };
}
