import type { Backend } from '@opq/backend';
import { OpqError } from '@opq/errors';
import { canonicalJson } from '@opq/ir';
import type { Progress, ProgressEvent } from '../progress';
import type { FromWorker, ToWorker } from './messages';
import { openInputs, runJob, type JobRequest, type SweepInputs } from './point';
import type { SweepResult } from './result';

/**
 * The body of a process that does the jobs of a sweep: answers its parent until it is told to stop, and ends with it.
 * @param backends those the program brings along; opened where no config names others
 */
export function serveSweep(backends: () => readonly Backend[]): void {
  const controller = new AbortController();
  const send = (message: FromWorker<SweepResult>): void => {
    if (process.connected) process.send?.(message);
  };
  let busy = false;
  let opened: { readonly plan: string; readonly inputs: Promise<SweepInputs> } | undefined;

  const inputsOf = ({ plan }: JobRequest): Promise<SweepInputs> => {
    const key = canonicalJson(plan);
    if (opened?.plan !== key) opened = { plan: key, inputs: openInputs(plan, backends()) };
    return opened.inputs;
  };
  const work = async (request: JobRequest): Promise<void> => {
    busy = true;
    try {
      const progress = shareOf(request, (share, message) => send({ type: 'progress', share, message }));
      const inputs = await inputsOf(request);
      const result = await runJob(request, inputs, { progress, signal: controller.signal });
      send({ type: 'done', result });
    } catch (error) {
      if (controller.signal.aborted) send({ type: 'stopped' });
      else if (error instanceof OpqError) send({ type: 'failed', error: error.toJSON() });
      else send({ type: 'defect', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    } finally {
      busy = false;
    }
    if (controller.signal.aborted) process.disconnect();
  }; // prettier-ignore

  // ctrl-C in a terminal reaches every process of the command: the parent decides what becomes of this one.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToWorker<JobRequest>) => {
    if (message.type === 'task') return void work(message.task);
    controller.abort();
    if (!busy) process.disconnect();
  });
  send({ type: 'ready' });
}

/** Where each stage begins and ends in the whole of a job, 0…1; rough, for how much time is left. */
const ONE_SHOT: Partial<Record<ProgressEvent['stage'], readonly [from: number, to: number]>> = {
  compress: [0, 0.05],
  repair: [0.05, 0.6],
  calibrate: [0.6, 0.7],
  accuracy: [0.7, 1],
};
const FINETUNED: typeof ONE_SHOT = {
  compress: [0, 0.01],
  repair: [0.01, 0.12],
  calibrate: [0.12, 0.15],
  finetune: [0.15, 0.93],
  accuracy: [0.93, 1],
};
const FLOAT: typeof ONE_SHOT = { accuracy: [0, 1] };

/** Telling more often than this would cost more than it says. */
const STEP = 0.01;

/** Stages' own counts as one share of the job that never falls. */
function shareOf({ job }: JobRequest, tell: (share: number, message: string) => void): Progress {
  const stages = job.kind === 'float32' ? FLOAT : job.point.finetuned ? FINETUNED : ONE_SHOT;
  let told = -1;
  return ({ stage, message, done = 0, total = 0 }) => {
    const [from, to] = stages[stage] ?? [0, 0];
    const share = from + (total === 0 ? 0 : (to - from) * Math.min(1, done / total));
    if (share < told + STEP) return;
    told = share;
    tell(share, message);
  };
}
