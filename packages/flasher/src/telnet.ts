/** Telnet of RFC 854, as far as RFC 2217 needs it. */
const IAC = 255;
const TELNET = { se: 240, sb: 250, will: 251, wont: 252, do: 253, dont: 254 } as const;

export type Verb = 'will' | 'wont' | 'do' | 'dont';

/** What arrives besides data. */
export interface TelnetEvents {
  data(bytes: Uint8Array): void;
  negotiation(verb: Verb, option: number): void;
  /** The bytes between SB and SE, without doubling. */
  subnegotiation(option: number, bytes: Uint8Array): void;
}

const VERBS: ReadonlyMap<number, Verb> = new Map<number, Verb>([
  [TELNET.will, 'will'],
  [TELNET.wont, 'wont'],
  [TELNET.do, 'do'],
  [TELNET.dont, 'dont'],
]);
/** Longer subnegotiations are of no option we know: they are cut. */
const LONGEST = 256;

/** A parser that is fed bytes in pieces of any size. */
export function telnetParser(events: TelnetEvents): (bytes: Uint8Array) => void {
  let state: 'data' | 'command' | 'option' | 'sub' | 'sub-command' = 'data';
  let verb: Verb = 'wont';
  let sub: number[] = [];
  return (bytes) => {
    const data: number[] = [];
    const flush = (): void => {
      if (data.length > 0) events.data(Uint8Array.from(data.splice(0)));
    };
    for (const byte of bytes)
      switch (state) {
        case 'data':
          if (byte === IAC) state = 'command';
          else data.push(byte);
          break;
        case 'command': {
          const named = VERBS.get(byte);
          state = 'data';
          if (byte === IAC) data.push(IAC);
          else if (byte === TELNET.sb) [state, sub] = ['sub', []];
          else if (named !== undefined) [state, verb] = ['option', named];
          break;
        }
        case 'option':
          flush();
          state = 'data';
          events.negotiation(verb, byte);
          break;
        case 'sub':
          if (byte === IAC) state = 'sub-command';
          else if (sub.length < LONGEST) sub.push(byte);
          break;
        case 'sub-command': {
          if (byte === IAC) {
            if (sub.length < LONGEST) sub.push(IAC);
            state = 'sub';
            break;
          }
          // Anything but SE ends it as well: whoever sent it has lost count.
          state = 'data';
          const [option, ...rest] = sub;
          flush();
          if (byte === TELNET.se && option !== undefined)
            events.subnegotiation(option, Uint8Array.from(rest));
          break;
        }
      }
    flush();
  };
}

/** Data for the line: IAC is doubled. */
export function escapeTelnet(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
}

export const negotiation = (verb: Verb, option: number): Uint8Array =>
  Uint8Array.of(IAC, TELNET[verb], option);

export const subnegotiation = (option: number, bytes: Uint8Array): Uint8Array =>
  Uint8Array.of(IAC, TELNET.sb, option, ...escapeTelnet(bytes), IAC, TELNET.se);
