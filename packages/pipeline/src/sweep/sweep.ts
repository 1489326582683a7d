import { join } from 'node:path';
import type { Backend } from '@opq/backend';
import { cliErrors, flasherErrors, type ErrorText } from '@opq/errors';
import { writeWhole } from '../emit';
import type { RunOptions } from '../progress';
import { without } from '../without';
import { fingerprints } from './fingerprint';
import { nameOf, readResult, tidy } from './folder';
import { pointsOf, type SweepJob, type SweepPlan, type SweepPoint } from './plan';
import { openInputs, type JobRequest } from './point';
import type { PointResult, SweepResult } from './result';
import { sweepProgress } from './progress';
import { runTasks, type TaskOutcome } from './workers';

/** What is swept, what does the work, and where results are kept. */
export interface SweepRequest extends RunOptions {
  /** Which networks are made, and on what data. */
  readonly plan: SweepPlan;
  /** Those the program brings along; the plan's config may name others. */
  readonly backends: readonly Backend[];
  /** Program whose body is `serveSweep`. */
  readonly program: string;
  /** Where finished points and sweep.json are kept. */
  readonly folder: string;
  /** Jobs at a time, at least 1; results do not depend on it. */
  readonly workers: number;
  /** Takes over what the folder has of the same network, data and settings; without it the folder is begun anew. */
  readonly resume: boolean;
  /** Told of an error that is a defect of opq: the point's name and the stack, for a log. */
  readonly defect?: ((name: string, stack: string) => void) | undefined;
}

/** A point that could not be made: what was asked for, and why. */
export interface FailedPoint extends SweepPoint {
  readonly kind: 'failed';
  /** As the catalogue has it. */
  readonly error: ErrorText;
}

/** A whole sweep. Holds no time and no path of the machine: the same request gives the same report. */
export interface SweepReport {
  /** Name of the network: untrusted text. */
  readonly model: string;
  /** Name of the target that bytes are counted for. */
  readonly target: string;
  /** What measured accuracy and trained. */
  readonly runtime: string;
  /** How many there were to train on, and to measure on. */
  readonly samples: { readonly training: number; readonly test: number };
  /** The network as it came, in float32; an error where it could not be measured. */
  readonly float32: { readonly bytes: number; readonly accuracy: number } | { readonly error: ErrorText };
  /** What all points have in common, as the plan says it; `calibration` is a number of samples. */
  readonly settings: {
    readonly compress: SweepPlan['compress'];
    readonly calibration: number;
    readonly finetune: Omit<NonNullable<SweepPlan['finetune']>, 'workers' | 'runtime'> | null;
  };
  /** Allocator by allocator, first one shot, then finetuned, budgets in the order given. */
  readonly points: readonly (PointResult | FailedPoint)[];
}

/** A sweep that came to its end. */
export interface Sweep {
  /** As it stands in sweep.json. */
  readonly report: SweepReport;
  /** Points that were taken over from the folder. */
  readonly resumed: number;
}

/**
 * Compresses, finetunes and measures a network at every budget with every allocator, in processes side by side. Each finished
 * point is kept in the folder at once; stopped at any moment, a sweep that resumes comes to the same report.
 * @throws OPQ0814 when stopped, OPQ0904 and what reading a model throws, OPQ04xx for the data, OPQ0910, OPQ0913
 */
export async function sweep(request: SweepRequest): Promise<Sweep> {
  const { plan, folder, resume, signal } = request;
  if (signal?.aborted === true) throw flasherErrors.stopped();
  const { source, bytes, data, calibration, storage } = await openInputs(plan, request.backends);
  const samples = { training: data.training.count, test: data.test.count };
  const jobs: readonly SweepJob[] = [
    { kind: 'float32' },
    ...pointsOf(plan).map((point): SweepJob => ({ kind: 'point', point })),
  ];
  let fingerprintOf: (job: SweepJob) => string;
  try {
    if (samples.test === 0 || data.test.label(0) === undefined) throw cliErrors.noLabels();
    fingerprintOf = fingerprints(plan, bytes, data, calibration);
  } finally {
    data.close();
  }
  tidy(folder, !resume);
  const outcomes = new Map<string, TaskOutcome<SweepResult>>();
  for (const job of resume ? jobs : []) {
    const result = readResult(folder, job, fingerprintOf(job));
    if (result !== undefined) outcomes.set(nameOf(job), { kind: 'done', result });
  }
  const resumed = outcomes.size;
  const open = jobs.filter((job) => !outcomes.has(nameOf(job)));
  const display = sweepProgress(request, { total: jobs.length, resumed });
  await runTasks<JobRequest, SweepResult>({
    program: request.program,
    workers: request.workers,
    signal,
    defect: request.defect,
    tasks: open.map((job) => ({
      name: nameOf(job),
      task: { plan, folder, job, fingerprint: fingerprintOf(job) },
    })),
    progress: (index, share, message) => display.running(nameOf(open[index] as SweepJob), share, message),
    finished: (index, outcome) => {
      const name = nameOf(open[index] as SweepJob);
      outcomes.set(name, outcome);
      display.finished(name, outcome);
    },
  });
  const report = reportOf(plan, source.name, storage.target.name, samples, outcomes);
  const text = `${JSON.stringify(report, null, 2)}\n`;
  writeWhole(join(folder, 'sweep.json'), new TextEncoder().encode(text));
  return { report, resumed };
}

function measured(result: SweepResult): Exclude<SweepReport['float32'], { readonly error: ErrorText }> {
  if (result.kind !== 'float32') throw new Error('the float network came back as a point');
  const { bytes, accuracy } = result;
  return { bytes, accuracy };
}

function reportOf(
  plan: SweepPlan,
  model: string,
  target: string,
  samples: SweepReport['samples'],
  outcomes: ReadonlyMap<string, TaskOutcome<SweepResult>>,
): SweepReport {
  const outcomeOf = (name: string): TaskOutcome<SweepResult> => {
    const outcome = outcomes.get(name);
    if (outcome === undefined) throw new Error(`${name} came to no end`);
    return outcome;
  };
  const float = outcomeOf('float32');
  return {
    model,
    target,
    runtime: plan.runtime,
    samples,
    float32: float.kind === 'failed' ? { error: float.error } : measured(float.result),
    settings: {
      compress: plan.compress,
      calibration: plan.calibration.samples,
      finetune: plan.finetune === undefined ? null : without(plan.finetune, 'workers', 'runtime'),
    },
    points: pointsOf(plan).map((point) => {
      const outcome = outcomeOf(point.name);
      if (outcome.kind === 'failed') return { kind: 'failed', ...point, error: outcome.error };
      if (outcome.result.kind !== 'point') throw new Error(`${point.name} came back as something else`);
      return outcome.result;
    }),
  };
}
