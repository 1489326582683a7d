import { flasherErrors } from '@opq/errors';
import { connectTcp, socketTransport } from './tcp';
import { escapeTelnet, negotiation, subnegotiation, telnetParser, type Verb } from './telnet';
import type { LineSettings, LineSignals, SerialLine } from './transport';

const OPTION = { binary: 0, suppressGoAhead: 3, comPort: 44 } as const;
/** Commands of the COM-PORT option; the server answers each with its own number plus 100. */
const COMMAND = { baudRate: 1, dataSize: 2, parity: 3, stopSize: 4, control: 5 } as const;
const SERVER = 100;
const PARITY = { none: 1, even: 3 } as const;
/** Values of SET-CONTROL. */
const CONTROL = {
  noFlowControl: 1,
  break: { on: 5, off: 6 },
  dtr: { on: 8, off: 9 },
  rts: { on: 11, off: 12 },
} as const;
const SECONDS = 5;

const bigEndian = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

/** A serial line behind a telnet server with the COM-PORT option (RFC 2217). @throws OPQ0806, OPQ0814, OPQ0817, OPQ0818 */
export async function openRfc2217(
  name: string,
  place: { readonly host: string; readonly port: number },
  settings: LineSettings,
  signal?: AbortSignal,
): Promise<SerialLine> {
  const socket = await connectTcp(name, place, signal);
  /** Called with each thing the server says. */
  const waiting = new Set<(said: Said) => void>();
  const said = (what: Said): void => waiting.forEach((hear) => hear(what));
  const parse = telnetParser({
    data: (bytes) => transport.mailbox.receive(bytes),
    negotiation: (verb, option) => {
      said({ verb, option });
      // Options we did not ask for are refused, so that the server need not wonder.
      if (!Object.values<number>(OPTION).includes(option)) {
        if (verb === 'do') void transport.write(negotiation('wont', option)).catch(() => undefined);
        if (verb === 'will') void transport.write(negotiation('dont', option)).catch(() => undefined);
      }
    },
    subnegotiation: (option, bytes) => {
      const [command, ...value] = bytes;
      if (option === OPTION.comPort && command !== undefined) said({ command, value });
    },
  });
  const transport = socketTransport(name, socket, parse);

  /** Sends, then waits for an answer; undefined when none came in time. */
  async function ask<T>(bytes: Uint8Array, answer: (said: Said) => T | undefined): Promise<T | undefined> {
    let hear: (what: Said) => void = () => undefined;
    let finish: () => void = () => undefined;
    const answered = new Promise<T | undefined>((resolve) => {
      finish = () => resolve(undefined);
      hear = (what) => {
        const value = answer(what);
        if (value !== undefined) resolve(value);
      };
    });
    const timer = setTimeout(finish, SECONDS * 1000);
    waiting.add(hear);
    signal?.addEventListener('abort', finish, { once: true });
    socket.once('close', finish);
    try {
      await transport.write(bytes);
      return await answered;
    } finally {
      clearTimeout(timer);
      waiting.delete(hear);
      signal?.removeEventListener('abort', finish);
      socket.off('close', finish);
      if (signal?.aborted) throw flasherErrors.stopped();
    }
  }

  /** Sets one thing; what the server answers is what the line then has. */
  async function set(command: number, value: Uint8Array, what: string, exact = true): Promise<void> {
    const got = await ask(subnegotiation(OPTION.comPort, Uint8Array.of(command, ...value)), (answer) =>
      'command' in answer && answer.command === command + SERVER ? answer.value : undefined,
    );
    if (got === undefined) throw flasherErrors.noComPort(name, `it does not answer when asked for ${what}`);
    if (exact && (got.length !== value.length || got.some((byte, i) => byte !== value[i])))
      throw flasherErrors.portFailed(name, `the line behind it does not do ${what}`);
  }

  const setBaudRate = (baudRate: number): Promise<void> =>
    set(COMMAND.baudRate, bigEndian(baudRate), `${baudRate} baud`);

  async function setSignals(signals: LineSignals): Promise<boolean> {
    for (const wire of ['dtr', 'rts', 'break'] as const) {
      const wanted = signals[wire];
      if (wanted !== undefined)
        await set(COMMAND.control, Uint8Array.of(CONTROL[wire][wanted ? 'on' : 'off']), wire, false);
    }
    return true;
  }

  try {
    const offers = [
      ...negotiation('will', OPTION.binary),
      ...negotiation('do', OPTION.binary),
      ...negotiation('will', OPTION.suppressGoAhead),
      ...negotiation('do', OPTION.suppressGoAhead),
      ...negotiation('will', OPTION.comPort),
    ];
    const answer = await ask(Uint8Array.from(offers), (what) =>
      'verb' in what && what.option === OPTION.comPort && (what.verb === 'do' || what.verb === 'dont')
        ? what.verb
        : undefined,
    );
    if (answer !== 'do')
      throw flasherErrors.noComPort(name, answer === 'dont' ? 'it refuses' : 'it does not answer');
    const { parity = 'none' } = settings;
    await setBaudRate(settings.baudRate);
    await set(COMMAND.dataSize, Uint8Array.of(8), '8 data bits');
    await set(COMMAND.parity, Uint8Array.of(PARITY[parity]), `${parity} parity`);
    await set(COMMAND.stopSize, Uint8Array.of(1), 'one stop bit');
    await set(COMMAND.control, Uint8Array.of(CONTROL.noFlowControl), 'no flow control', false);
  } catch (error) {
    await transport.close();
    throw error;
  }
  const { onData, onClose, close } = transport;
  return {
    name,
    onData,
    onClose,
    close,
    write: (bytes) => transport.write(escapeTelnet(bytes)),
    setBaudRate,
    setSignals,
  };
}

type Said =
  | { readonly verb: Verb; readonly option: number }
  | { readonly command: number; readonly value: readonly number[] };
