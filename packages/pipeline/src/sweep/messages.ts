import type { ErrorText } from '@opq/errors';

/** What goes to a process that does tasks, as JSON. */
export type ToWorker<Task> = { readonly type: 'task'; readonly task: Task } | { readonly type: 'stop' };

/** What comes back. */
export type FromWorker<Result> =
  /** The process waits for its first task. */
  | { readonly type: 'ready' }
  /** @param share of the task that is done, 0…1 */
  | { readonly type: 'progress'; readonly share: number; readonly message: string }
  | { readonly type: 'done'; readonly result: Result }
  | { readonly type: 'failed'; readonly error: ErrorText }
  /** Anything that is thrown and is not of the catalogue. */
  | { readonly type: 'defect'; readonly stack: string }
  /** Stopped on request. */
  | { readonly type: 'stopped' };
