import { platform } from 'node:os';
import { SerialPort } from 'serialport';
import { flasherErrors, type OpqError } from '@opq/errors';
import { listPorts } from './list-ports';
import { portGroup } from './port-group';
import { portHolder } from './port-holder';
import { watchPort } from './port-watch';
import { Mailbox, type LineSettings, type SerialLine } from './transport';

/** The catalogue's word for what the system said when a port did not open. */
async function translate(path: string, { message }: Error): Promise<OpqError> {
  if (/permission denied/i.test(message)) return flasherErrors.portForbidden(path, await portGroup(path));
  if (/cannot lock port|resource (temporarily unavailable|busy)|access denied/i.test(message)) {
    const holder = await portHolder(path);
    return flasherErrors.portBusy(path, holder?.pid, holder?.program ?? '');
  }
  if (/no such (file|device)|file not found|cannot find/i.test(message))
    return flasherErrors.noPort(
      path,
      (await listPorts()).map((port) => port.path),
    );
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

/** Opens a serial port. @throws OPQ0803 missing, OPQ0804 busy, OPQ0805 forbidden, OPQ0806 anything else */
export async function openSerialPort(path: string, settings: LineSettings): Promise<SerialLine> {
  const { baudRate, parity = 'none' } = settings;
  const port = new SerialPort({ path, baudRate, parity, autoOpen: false });
  const opening = new Promise<void>((resolve, reject) => {
    port.open((error) => {
      if (error === null) resolve();
      else translate(path, error).then(reject, reject);
    });
  });
  await within(PATIENCE, () => Promise.reject(flasherErrors.portFailed(path, 'it did not open')), opening);
  const mailbox = new Mailbox();
  let closing = false;
  const lost = (): void => {
    unwatch();
    if (!closing) mailbox.lose(flasherErrors.disconnected(path));
    closing = true;
    if (port.isOpen) port.close(() => undefined);
  };
  // Windows has no device files; there the library notices by itself.
  const unwatch = platform() === 'win32' ? () => undefined : await watchPort(path, () => lost());
  port.on('error', lost);
  port.on('close', lost);
  port.on('data', (chunk: Buffer) => mailbox.receive(new Uint8Array(chunk)));
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
    onData: (listener) => mailbox.onData(listener),
    onClose: (listener) => mailbox.onClose(listener),
    setBaudRate: (rate) =>
      new Promise((resolve, reject) => {
        port.update({ baudRate: rate }, (error) =>
          error ? reject(flasherErrors.portFailed(path, `it does not do ${rate} baud`)) : resolve(),
        );
      }),
    setSignals: ({ dtr, rts, break: brk }) =>
      new Promise((resolve) => {
        const flags = {
          ...(dtr !== undefined && { dtr }),
          ...(rts !== undefined && { rts }),
          ...(brk !== undefined && { brk }),
        };
        port.set(flags, (error) => resolve(!error));
      }),
    close: () =>
      within(
        CLOSING,
        () => Promise.resolve(),
        new Promise<void>((resolve) => {
          closing = true;
          unwatch();
          if (!port.isOpen) return resolve();
          port.close(() => resolve());
        }),
      ),
  };
}
