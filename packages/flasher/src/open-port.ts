import { realpath } from 'node:fs/promises';
import { flasherErrors } from '@opq/errors';
import { parsePort } from './port-address';
import { lockPort } from './port-lock';
import { openRfc2217 } from './rfc2217';
import { openSerialPort } from './serial-port';
import { openSocket } from './tcp';
import type { LineSettings, SerialLine } from './transport';

/** How the line is set, and what happens while another opq has the port. */
export interface OpenPortOptions extends LineSettings {
  /** Gives up waiting, with OPQ0814. */
  readonly signal?: AbortSignal | undefined;
  /** Seconds to wait for another opq that has the port; 10 without it. */
  readonly wait?: number | undefined;
  /** Called once when there is another opq to wait for. */
  readonly onWait?: ((pid: number | undefined) => void) | undefined;
}

/** A write that is not taken within this time, and the time its bytes need on the line, will not be. */
const WRITE_SECONDS = 5;

/**
 * Opens what `--port` names, for this process alone: another opq waits, or gives up.
 * @throws OPQ0803…OPQ0806, OPQ0814, OPQ0816…OPQ0818
 */
export async function openPort(port: string, options: OpenPortOptions): Promise<SerialLine> {
  const address = parsePort(port);
  const key = address.kind === 'serial' ? await realpath(address.path).catch(() => address.path) : port;
  const { signal, wait = 10, onWait } = options;
  const release = await lockPort(key, { seconds: wait, signal, onWait });
  try {
    const line = await open(port, address, options);
    const gone = lossOf(line, () => void release());
    return {
      ...limited(line, options.baudRate),
      onClose: gone,
      close: async () => {
        try {
          await line.close();
        } finally {
          await release();
        }
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

function open(
  port: string,
  address: ReturnType<typeof parsePort>,
  options: OpenPortOptions,
): Promise<SerialLine> {
  switch (address.kind) {
    case 'serial':
      return openSerialPort(address.path, options);
    case 'socket':
      return openSocket(port, address, options.signal);
    case 'rfc2217':
      return openRfc2217(port, address, options, options.signal);
  }
}

/** Frees the port as soon as it is gone, whoever else wants to know; gives the line's own `onClose`. */
function lossOf(line: SerialLine, free: () => void): SerialLine['onClose'] {
  let reason: Error | undefined;
  let listener: ((reason: Error) => void) | undefined;
  line.onClose((why) => {
    free();
    reason = why;
    listener?.(why);
  });
  return (next) => {
    listener = next;
    if (reason !== undefined) next(reason);
  };
}

/** The same line, whose writes have a limit. */
function limited(line: SerialLine, baudRate: number): SerialLine {
  return {
    ...line,
    write: async (bytes) => {
      const seconds = WRITE_SECONDS + Math.ceil((bytes.length * 20) / baudRate);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(flasherErrors.writeStuck(line.name, seconds)), seconds * 1000);
      });
      try {
        await Promise.race([line.write(bytes), late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
