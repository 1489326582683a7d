import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A connection to QEMU's machine protocol: one JSON object a line. */
export interface Qmp {
  /** @throws when QEMU answers with an error or not within the time */
  execute(command: string, seconds?: number): Promise<unknown>;
  close(): void;
}

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc?: string };
}

async function open(path: string, alive: () => boolean, seconds: number): Promise<Socket> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const socket = connect(path);
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (opened) return socket;
    socket.destroy();
    if (!alive() || Date.now() > until) throw new Error('its control socket did not open');
    await delay(10);
  }
}

/** @param alive false once QEMU has ended, so that waiting for it stops at once */
export async function connectQmp(path: string, alive: () => boolean): Promise<Qmp> {
  const socket = await open(path, alive, 10);
  const waiting: ((answer: Answer) => void)[] = [];
  let text = '';
  let closed = false;
  socket.on('error', () => undefined);
  // QEMU has ended: nothing that waits will be answered.
  socket.on('close', () => {
    closed = true;
    for (const answer of waiting.splice(0)) answer({ error: { desc: 'it ended' } });
  });
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = JSON.parse(text.slice(0, end)) as Answer;
      text = text.slice(end + 1);
      // The greeting and events carry neither.
      if (typeof line === 'object' && line !== null && ('return' in line || 'error' in line))
        waiting.shift()?.(line);
    }
  });
  const qmp: Qmp = {
    execute: (command, seconds = 10) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('it ended'));
        const timer = setTimeout(() => reject(new Error(`no answer to ${command}`)), seconds * 1000);
        waiting.push((answer) => {
          clearTimeout(timer);
          if (answer.error === undefined) resolve(answer.return);
          else reject(new Error(answer.error.desc ?? command));
        });
        socket.write(`${JSON.stringify({ execute: command })}\n`);
      }),
    close: () => socket.destroy(),
  };
  await qmp.execute('qmp_capabilities');
  return qmp;
}
