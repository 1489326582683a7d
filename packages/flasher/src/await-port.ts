import { access, constants, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { flasherErrors } from '@opq/errors';
import { listPorts } from './list-ports';
import { parsePort } from './port-address';

/** How long a board may take from its reset until its host has given it a port. */
const SECONDS = 30;
const MILLISECONDS = 100;

const succeeds = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );

/**
 * Waits for the serial port of a board that has just been reset, until it is there and may be opened: a board on USB has none while it
 * waits for firmware. A line over TCP is there all the time.
 * @param seconds how long at most
 * @throws OPQ0803, OPQ0814, OPQ0816
 */
export async function awaitPort(
  port: string,
  {
    seconds = SECONDS,
    signal,
  }: { readonly seconds?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const address = parsePort(port);
  if (address.kind !== 'serial') return;
  const until = performance.now() + seconds * 1000;
  while (!(await succeeds(access(address.path, constants.R_OK | constants.W_OK)))) {
    if (signal?.aborted) throw flasherErrors.stopped();
    if (performance.now() >= until) {
      // Whose it is says the error of opening it.
      if (await succeeds(stat(address.path))) return;
      throw flasherErrors.noPort(
        port,
        (await listPorts()).map(({ path }) => path),
      );
    }
    await delay(MILLISECONDS);
  }
}
