import type { RunOptions } from '../progress';
import type { SweepResult } from './result';
import type { TaskOutcome } from './workers';

/** Puts the jobs that run side by side together to one progress with the time that is left. */
export function sweepProgress(
  { progress }: RunOptions,
  { total, resumed }: { readonly total: number; readonly resumed: number },
): {
  running(name: string, share: number, message: string): void;
  finished(name: string, outcome: TaskOutcome<SweepResult>): void;
} {
  const began = performance.now();
  const shares = new Map<string, number>();
  let ended = resumed;
  let note = resumed === 0 ? '' : `${resumed} of ${total} taken over`;
  const tell = (detail: string): void => {
    const done = ended + [...shares.values()].reduce((sum, share) => sum + share, 0);
    progress?.({
      stage: 'sweep',
      message: 'sweeping',
      ...(note !== '' && { note }),
      detail,
      done: Math.round(100 * done) / 100,
      total,
    });
  };
  tell('');
  return {
    running(name, share, message) {
      shares.set(name, share);
      tell(`${name}: ${message}`);
    },
    finished(name, outcome) {
      shares.delete(name);
      ended++;
      const seconds = ((performance.now() - began) / 1000 / (ended - resumed)) * (total - ended);
      const left = ended === total ? '' : `, about ${duration(seconds)} left`;
      note = `${ended} of ${total}${left}; ${name}: ${said(outcome)}`;
      tell('');
    },
  };
}

function said(outcome: TaskOutcome<SweepResult>): string {
  if (outcome.kind === 'failed') return `error ${outcome.error.code}`;
  const { result } = outcome;
  const accuracy = result.kind === 'float32' ? result.accuracy : result.accuracy.int8;
  return `${(100 * accuracy).toFixed(2)} %`;
}

/** @returns such as `40 s`, `12 min`, `3.5 h` */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
