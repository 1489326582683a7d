import { setImmediate } from 'node:timers/promises';
import { flasherErrors } from '@opq/errors';

/** What everything here that takes its time may be given. */
export interface RunOptions {
  /** Told after every layer. @param message what is going on, without a full stop */
  readonly progress?: ((message: string, done: number, total: number) => void) | undefined;
  /** Looked at between samples, and between the channels of a layer. */
  readonly signal?: AbortSignal | undefined;
}

/** Lets other work in, so that ctrl-C is heard. @throws OPQ0814 when the work is to stop */
export async function breathe({ signal }: RunOptions): Promise<void> {
  await setImmediate();
  if (signal?.aborted) throw flasherErrors.stopped();
}
