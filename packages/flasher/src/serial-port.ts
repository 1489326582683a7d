import { SerialPort } from 'serialport';
import { flasherErrors, type OpqError } from '@opq/errors';
import type { Transport } from './transport';

/** Paths of the serial ports of this machine; empty where the system cannot list them. */
export async function listPorts(): Promise<readonly string[]> {
  try {
    return (await SerialPort.list()).map(({ path }) => path);
  } catch {
    // Linux without udevadm.
    return [];
  }
}

async function translate(path: string, error: Error): Promise<OpqError> {
  const { message } = error;
  if (/cannot lock port|resource (temporarily unavailable|busy)|access denied/i.test(message))
    return flasherErrors.portBusy(path);
  if (/permission denied/i.test(message)) return flasherErrors.portForbidden(path);
  if (/no such file|file not found|cannot find/i.test(message))
    return flasherErrors.noPort(path, await listPorts());
  return flasherErrors.portFailed(path, message.replace(/^Error:?\s*/, ''));
}

/** A port that is gone may leave its last call unanswered. */
const PATIENCE = 20_000;
const CLOSING = 2_000;

/** Settles as the work does, or as `late` says when that takes too long. */
function within<T>(milliseconds: number, late: () => Promise<T>, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => late().then(resolve, reject), milliseconds);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

/** Opens a serial port, 8N1. @throws OPQ0803 missing, OPQ0804 busy, OPQ0805 forbidden, OPQ0806 anything else */
export async function openSerialPort(path: string, baudRate: number): Promise<Transport> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  const opening = new Promise<void>((resolve, reject) => {
    port.open((error) => {
      if (error === null) resolve();
      else translate(path, error).then(reject, reject);
    });
  });
  await within(PATIENCE, () => Promise.reject(flasherErrors.portFailed(path, 'it did not open')), opening);
  let onClose: (reason: Error) => void = () => undefined;
  let closing = false;
  const lost = (): void => {
    if (!closing) onClose(flasherErrors.disconnected(path));
    closing = true;
  };
  port.on('error', lost);
  port.on('close', lost);
  return {
    name: path,
    write: (bytes) =>
      within(
        PATIENCE,
        () => Promise.reject(flasherErrors.disconnected(path)),
        new Promise<void>((resolve, reject) => {
          if (closing || !port.isOpen) return reject(flasherErrors.disconnected(path));
          port.write(Buffer.from(bytes), (error) =>
            error ? reject(flasherErrors.disconnected(path)) : resolve(),
          );
        }),
      ),
    onData(listener) {
      port.removeAllListeners('data');
      port.on('data', (chunk: Buffer) => listener(new Uint8Array(chunk)));
    },
    onClose(listener) {
      onClose = listener;
    },
    close: () =>
      within(
        CLOSING,
        () => Promise.resolve(),
        new Promise<void>((resolve) => {
          closing = true;
          if (!port.isOpen) return resolve();
          port.close(() => resolve());
        }),
      ),
  };
}
