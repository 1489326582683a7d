import { fork, type ChildProcess } from 'node:child_process';
import { cliErrors, flasherErrors, type ErrorText } from '@opq/errors';
import type { FromWorker, ToWorker } from './messages';

/** How a task ended. */
export type TaskOutcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: ErrorText };

export interface PoolRequest<Task, Result> {
  /** Program that serves tasks over its channel to the parent (`ToWorker`, `FromWorker`). */
  readonly program: string;
  /** In the order they are begun. */
  readonly tasks: readonly { readonly name: string; readonly task: Task }[];
  /** Processes at a time, at least 1. */
  readonly workers: number;
  readonly progress?: ((index: number, share: number, message: string) => void) | undefined;
  readonly finished?: ((index: number, outcome: TaskOutcome<Result>) => void) | undefined;
  /** Told what a defect of opq looks like. */
  readonly defect?: ((name: string, stack: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that processes have to stop by themselves before they are killed. */
  readonly grace?: number | undefined;
}

const GRACE = 5_000;

/**
 * Does tasks in processes of their own, each one after the other. One that fails, or whose process dies, stops no other. When this
 * returns or throws, no process is left; when this process dies, the others end by themselves.
 * @returns in the order of the tasks
 * @throws OPQ0814 when stopped
 */
export async function runTasks<Task, Result>(
  request: PoolRequest<Task, Result>,
): Promise<readonly TaskOutcome<Result>[]> {
  const { tasks, signal } = request;
  const outcomes: TaskOutcome<Result>[] = [];
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < tasks.length && signal?.aborted !== true)
      await serveWith(request, () => (next < tasks.length ? next++ : undefined), outcomes);
  };
  const lines = Math.max(1, Math.min(request.workers, tasks.length));
  await Promise.all(Array.from({ length: lines }, line));
  if (signal?.aborted === true) throw flasherErrors.stopped();
  return outcomes;
}

/** One process, until there is nothing left to do, it dies, or all is stopped. Resolves when the process is gone. */
function serveWith<Task, Result>(
  { program, tasks, progress, finished, defect, signal, grace = GRACE }: PoolRequest<Task, Result>,
  take: () => number | undefined,
  outcomes: TaskOutcome<Result>[],
): Promise<void> {
  return new Promise((done) => {
    const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let current: number | undefined;
    let said = '';
    let patience: NodeJS.Timeout | undefined;
    const nameOf = (index: number): string => tasks[index]?.name ?? '';
    const end = (outcome: TaskOutcome<Result>): void => {
      if (current === undefined) return;
      outcomes[current] = outcome;
      finished?.(current, outcome);
      current = undefined;
    };
    const stop = (): void => {
      send(child, { type: 'stop' });
      patience ??= setTimeout(() => child.kill('SIGKILL'), grace);
    };
    const feed = (): void => {
      if (signal?.aborted === true) return stop();
      current = take();
      const task = current === undefined ? undefined : tasks[current]?.task;
      if (task === undefined) stop();
      else send(child, { type: 'task', task });
    };
    child.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
    child.on('message', (message: FromWorker<Result>) => {
      switch (message.type) {
        case 'ready':
          return feed();
        case 'progress':
          if (current !== undefined) progress?.(current, message.share, message.message);
          return;
        case 'done':
          end({ kind: 'done', result: message.result });
          return feed();
        case 'failed':
          end({ kind: 'failed', error: message.error });
          return feed();
        case 'defect':
          if (current !== undefined) {
            defect?.(nameOf(current), message.stack);
            const [reason = ''] = message.stack.split('\n');
            end({ kind: 'failed', error: cliErrors.pointFailed(nameOf(current), reason).toJSON() });
          }
          return feed();
        case 'stopped':
          return;
      }
    });
    signal?.addEventListener('abort', stop, { once: true });
    let ended = false;
    const gone = (how: string): void => {
      if (ended) return;
      ended = true;
      clearTimeout(patience);
      signal?.removeEventListener('abort', stop);
      // A process that dies before it took anything would only be begun again: the next task fails in its place.
      if (patience === undefined && current === undefined) current = take();
      if (signal?.aborted !== true && current !== undefined) {
        const last = said.trim().split('\n').at(-1) ?? '';
        const reason = last === '' ? how : `${how}, and said: ${last}`;
        end({ kind: 'failed', error: cliErrors.pointFailed(nameOf(current), reason).toJSON() });
      }
      done();
    };
    child.on('error', (error) => {
      if (child.pid === undefined) gone(error.message);
    });
    child.on('close', (code, killer) =>
      gone(killer === null ? `its process ended with ${code}` : `its process was ended by ${killer}`),
    );
  });
}

/** A process that is gone already hears nothing; its end is told by `close`. */
function send<Task>(child: ChildProcess, message: ToWorker<Task>): void {
  if (child.connected) child.send(message, () => undefined);
}
