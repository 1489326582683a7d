import { connect, type Socket } from 'node:net';
import { flasherErrors } from '@opq/errors';
import { Mailbox, type SerialLine } from './transport';

const SECONDS = 10;
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
};

/** A connected socket. @param name for messages @throws OPQ0814, OPQ0817 */
export function connectTcp(
  name: string,
  { host, port }: { readonly host: string; readonly port: number },
  signal?: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      if (error === undefined) return resolve(socket);
      socket.destroy();
      reject(error);
    };
    const abort = (): void => finish(flasherErrors.stopped());
    const timer = setTimeout(
      () => finish(flasherErrors.noServer(name, `the host does not answer within ${SECONDS} seconds`)),
      SECONDS * 1000,
    );
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => finish());
    socket.once('error', (error: NodeJS.ErrnoException) =>
      finish(flasherErrors.noServer(name, REASONS[error.code ?? ''] ?? error.message)),
    );
    if (signal?.aborted) abort();
  });
}

/** The members of a transport that all TCP ones share. @param onBytes gets what the socket receives */
export function socketTransport(
  name: string,
  socket: Socket,
  onBytes: (bytes: Uint8Array, mailbox: Mailbox) => void,
): Omit<SerialLine, 'setBaudRate' | 'setSignals'> & { readonly mailbox: Mailbox } {
  const mailbox = new Mailbox();
  let closing = false;
  const lost = (): void => {
    if (!closing) mailbox.lose(flasherErrors.disconnected(name));
    closing = true;
  };
  socket.on('data', (chunk: Buffer) => onBytes(new Uint8Array(chunk), mailbox));
  socket.on('end', lost);
  socket.on('close', lost);
  return {
    name,
    mailbox,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (closing || socket.destroyed) return reject(flasherErrors.disconnected(name));
        socket.write(bytes, (error) => (error ? reject(flasherErrors.disconnected(name)) : resolve()));
      }),
    onData: (listener) => mailbox.onData(listener),
    onClose: (listener) => mailbox.onClose(listener),
    close: () =>
      new Promise((resolve) => {
        closing = true;
        if (socket.destroyed) return resolve();
        socket.once('close', () => resolve());
        socket.destroySoon();
        // A peer that reads nothing would keep what is still to be sent, and the socket with it.
        setTimeout(() => socket.destroy(), 500).unref();
      }),
  };
}

/** Bytes over TCP as they are; rate, parity and modem lines are the other end's matter. @throws OPQ0814, OPQ0817 */
export async function openSocket(
  name: string,
  place: { readonly host: string; readonly port: number },
  signal?: AbortSignal,
): Promise<SerialLine> {
  const socket = await connectTcp(name, place, signal);
  return {
    ...socketTransport(name, socket, (bytes, mailbox) => mailbox.receive(bytes)),
    setBaudRate: async () => undefined,
    setSignals: async () => false,
  };
}
