import { createServer, type AddressInfo, type Socket } from 'node:net';
import { escapeTelnet, negotiation, subnegotiation, telnetParser } from '../../src/telnet';

/** A serial server on this machine, which sends back what it is sent. */
export interface SerialServer {
  readonly port: number;
  /** What was set, in order, as `command=value`. */
  readonly set: string[];
  /** Data bytes that arrived. */
  readonly received: number[];
  drop(): void;
  close(): Promise<void>;
}

export interface ServerFaults {
  readonly refuse?: boolean;
  readonly mute?: boolean;
  /** It sets this rate, whatever it is asked for. */
  readonly baudRate?: number;
  /** It reads nothing. */
  readonly deaf?: boolean;
}

async function listen(
  serve: (socket: Socket) => void,
  state: Omit<SerialServer, 'port' | 'drop' | 'close'>,
): Promise<SerialServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    ...state,
    port: (server.address() as AddressInfo).port,
    drop,
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Bytes as they are. */
export function rawServer(faults: ServerFaults = {}): Promise<SerialServer> {
  const received: number[] = [];
  return listen(
    (socket) => {
      if (faults.deaf) return void socket.pause();
      socket.on('data', (chunk: Buffer) => {
        received.push(...chunk);
        socket.write(chunk);
      });
    },
    { set: [], received },
  );
}

/** Telnet with the COM-PORT option. */
export function comPortServer(faults: ServerFaults = {}): Promise<SerialServer> {
  const [set, received]: [string[], number[]] = [[], []];
  const serve = (socket: Socket): void => {
    const parse = telnetParser({
      data: (bytes) => {
        received.push(...bytes);
        socket.write(escapeTelnet(bytes));
      },
      negotiation: (verb, option) => {
        if (faults.mute) return;
        if (verb === 'will') socket.write(negotiation(faults.refuse ? 'dont' : 'do', option));
        if (verb === 'do') socket.write(negotiation('will', option));
      },
      subnegotiation: (option, bytes) => {
        const [command = 0, ...value] = bytes;
        const number = value.reduce((sum, byte) => sum * 256 + byte, 0);
        set.push(`${command}=${number}`);
        const answer = new Uint8Array(bytes);
        answer[0] = command + 100;
        if (command === 1 && faults.baudRate !== undefined)
          new DataView(answer.buffer).setUint32(1, faults.baudRate);
        socket.write(subnegotiation(option, answer));
      },
    });
    socket.on('data', (chunk: Buffer) => parse(new Uint8Array(chunk)));
    // An option of the server's own, as real ones offer.
    socket.write(negotiation('will', 1));
  };
  return listen(serve, { set, received });
}
