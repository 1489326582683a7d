import type { BenchmarkData } from './samples';
import type { BenchmarkSession } from './session';
import { loadFor, LOOPS, patience, planLoops, type LoopOptions } from './performance';

export interface EnergyResult {
  readonly mode: 'energy';
  readonly warmUp: number;
  /** Between two edges of the pin each; what was consumed there, the monitor knows. */
  readonly loops: readonly { readonly sample: string; readonly iterations: number }[];
  /** Seconds that a loop had to last. */
  readonly minimumSeconds: number;
  readonly capped: boolean;
}

/**
 * Five loops as energy mode has them: the board prints no time, and its pin marks begin and end for a monitor.
 * @param each microseconds of one inference
 */
export async function runForMonitor(
  session: BenchmarkSession,
  data: BenchmarkData,
  each: number,
  options: LoopOptions,
): Promise<EnergyResult> {
  const { warmUp } = options;
  const { iterations, minimumSeconds, capped } = planLoops(each, options);
  const loops: { sample: string; iterations: number }[] = [];
  for (let loop = 0; loop < LOOPS; loop++) {
    options.progress?.(loop, LOOPS);
    const sample = await loadFor(session, data, loop);
    await session.infer(iterations, warmUp, patience(each * (iterations + warmUp), options));
    loops.push({ sample, iterations });
  }
  options.progress?.(LOOPS, LOOPS);
  return { mode: 'energy', warmUp, loops, minimumSeconds, capped };
}
