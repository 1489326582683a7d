import { cliErrors, flasherErrors } from '@opq/errors';
import { areaUnderCurve, largest } from '@opq/pipeline';
import type { Benchmark } from './benchmarks';
import type { BenchmarkData } from './samples';
import type { BenchmarkSession } from './session';

export interface AccuracyResult {
  readonly mode: 'accuracy';
  readonly samples: number;
  readonly measure: Benchmark['quality']['measure'];
  /** By that measure, 0…1. */
  readonly value: number;
  /** What MLPerf Tiny's closed division wants. */
  readonly bar: number;
  readonly reached: boolean;
  /** Share of right answers; null where anomalies are told. */
  readonly top1: number | null;
  /** Area under the ROC curve; for classes, the mean of each against the rest. */
  readonly auc: number;
}

interface Judged {
  readonly label: number;
  /** Mean of the results of all windows. */
  readonly results: readonly number[];
}

const SECONDS = 300;

/** Every sample once, as accuracy mode has it; of long ones every window. @throws OPQ0808…OPQ0810, OPQ0913 without labels */
export async function measureAccuracy(
  session: BenchmarkSession,
  device: string,
  data: BenchmarkData,
  {
    benchmark,
    samples = data.count,
    outputs,
    progress,
  }: {
    readonly benchmark: Benchmark;
    readonly samples?: number | undefined;
    /** Numbers that a result has. */
    readonly outputs: number;
    readonly progress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<AccuracyResult> {
  const total = Math.min(samples, data.count);
  const judged: Judged[] = [];
  for (let index = 0; index < total; index++) {
    const label = data.label(index);
    if (label === undefined) throw cliErrors.noLabels();
    const windows = data.windows(index);
    const sums = new Float64Array(outputs);
    for (const window of windows) {
      await session.load(window);
      const { results } = await session.infer(1, 0, SECONDS);
      if (results.length !== outputs)
        throw flasherErrors.unexpectedAnswer(device, 'infer 1 0', `${outputs} results`, [
          `${results.length} of them`,
        ]);
      results.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value));
    }
    judged.push({ label, results: Array.from(sums, (sum) => sum / windows.length) });
    progress?.(index + 1, total);
  }
  return judge(judged, benchmark);
}

function judge(judged: readonly Judged[], { quality: { measure, bar } }: Benchmark): AccuracyResult {
  const share = judged.filter(({ label, results }) => largest(results) === label).length / judged.length;
  const top1 = measure === 'top-1' ? share : null;
  const auc = measure === 'auc' ? anomalies(judged) : againstTheRest(judged);
  const value = top1 ?? auc;
  return { mode: 'accuracy', samples: judged.length, measure, value, bar, reached: value >= bar, top1, auc };
}

const anomalies = (judged: readonly Judged[]): number =>
  areaUnderCurve(judged.map(({ label, results }) => ({ label, score: results[0] ?? 0 })));

/** The mean over all classes that samples have. */
function againstTheRest(judged: readonly Judged[]): number {
  const classes = [...new Set(judged.map(({ label }) => label))];
  const areas = classes.map((own) =>
    areaUnderCurve(
      judged.map(({ label, results }) => ({ label: label === own ? 1 : 0, score: results[own] ?? 0 })),
    ),
  );
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}
