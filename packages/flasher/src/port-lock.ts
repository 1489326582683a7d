import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { flasherErrors } from '@opq/errors';

/**
 * One opq per port. The lock of the serial port itself is taken by the system only after the line was set and emptied, which
 * would disturb whoever uses it; so a process first listens at a local socket named after the port. The system lets one process
 * do that, and ends it with the process, however that ends. Who connects is told the process id.
 */
const address = (port: string): string => {
  const name = `opq-port-${createHash('sha256').update(port).digest('hex').slice(0, 24)}`;
  // Linux has names that are no files; elsewhere a file may be left behind, and is replaced when nobody answers at it.
  return platform() === 'linux' ? `\0${name}` : join(tmpdir(), name);
};

/** Listens there; undefined where somebody does. */
async function claim(place: string): Promise<Server | undefined> {
  const server = createServer((client) => {
    client.on('error', () => undefined);
    client.end(`${process.pid}\n`);
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(place, () => resolve(server));
  });
}

/** The process id of who listens there: undefined when it does not say; null when nobody is there. */
async function holderAt(place: string): Promise<number | undefined | null> {
  const client = connect(place);
  client.setTimeout(1000, () => client.destroy());
  let text = '';
  return new Promise((resolve) => {
    client.on('data', (chunk: Buffer) => (text += chunk.toString()));
    client.once('error', () => resolve(null));
    client.once('close', () => resolve(/^\d+\n$/.test(text) ? Number(text) : undefined));
  });
}

export interface LockOptions {
  /** How long to wait for another opq to let go of the port. */
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, with the process id, when there is something to wait for. */
  readonly onWait?: ((pid: number | undefined) => void) | undefined;
}

/** Gives what releases the lock. @param port what two processes would name alike @throws OPQ0804, OPQ0814 */
export async function lockPort(port: string, options: LockOptions): Promise<() => Promise<void>> {
  const place = address(port);
  const until = Date.now() + options.seconds * 1000;
  for (let told = false; ; ) {
    if (options.signal?.aborted) throw flasherErrors.stopped();
    const server = await claim(place);
    if (server !== undefined) return () => new Promise((resolve) => server.close(() => resolve()));
    const pid = await holderAt(place);
    if (pid === null && !place.startsWith('\0')) await rm(place, { force: true });
    if (Date.now() >= until) throw flasherErrors.portBusy(port, pid ?? undefined, 'opq');
    if (!told && pid !== null) options.onWait?.(pid);
    told ||= pid !== null;
    await delay(50);
  }
}
