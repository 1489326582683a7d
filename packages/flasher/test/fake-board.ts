import { crc32 } from '@opq/ir';
import { ABANDON, stuff, unstuff } from '../src/frames';
import type { Transport } from '../src';

/** What a fake board does wrong. */
export interface Faults {
  /** Bytes it says before it listens. */
  readonly boot?: string;
  /** Says nothing at all. */
  readonly silent?: boolean;
  /** Finds this many frames damaged. */
  readonly damagedFrames?: number;
  /** Goes away when it reads this command. */
  readonly diesAt?: string;
  /** Answers this command with these lines instead. */
  readonly answers?: Readonly<Record<string, readonly string[]>>;
  /** Answers each command only after so many milliseconds. */
  readonly delay?: number;
  /** Acknowledges an upload so many times more, late: before it answers the command that follows. */
  readonly lateAcknowledgements?: number;
  /** Ignores so many commands first, as a board does that is still booting. */
  readonly deaf?: number;
}

/** A board in memory that speaks docs/reference/serial-protocol.md and doubles its four input bytes. */
export function fakeBoard(faults: Faults = {}): Transport & { readonly said: string[]; closed: boolean } {
  let onData: (bytes: Uint8Array) => void = () => undefined;
  let onClose: (reason: Error) => void = () => undefined;
  let text = '';
  let frame: number[] | undefined;
  let received: number[] = [];
  let loaded: number[] = [];
  let damaged = faults.damagedFrames ?? 0;
  let deaf = faults.deaf ?? 0;
  let late = faults.lateAcknowledgements ?? 0;
  const said: string[] = [];
  const out = (s: string): void => {
    setTimeout(() => onData(new TextEncoder().encode(s)), faults.delay ?? 0);
  };
  const lines = (list: readonly string[]): void => out([...list, 'm-ready', ''].join('\r\n'));

  function answer(command: string): void {
    said.push(command);
    if (deaf-- > 0 || faults.silent) return;
    if (command === faults.diesAt) return onClose(new Error('gone'));
    const own = faults.answers?.[command];
    if (own !== undefined) return lines(own);
    if (loaded.length > 0) for (; late > 0; late--) lines([`x-loaded-4-${crc32(Uint8Array.from(loaded))}`]);
    const load = /^x-load (\d+)$/.exec(command);
    if (load !== null) {
      if (load[1] !== '4') return lines([`e-[The model takes 4 bytes]`]);
      frame = [];
      received = [];
      return out(`x-load-ready-4-64\r\n`);
    }
    if (command === 'timestamp') return lines([`m-lap-us-${Math.round(2000 * performance.now())}`]);
    const replies: Readonly<Record<string, readonly string[]>> = {
      name: ['m-name-dut-[opq]'],
      'x-info': ['x-protocol-2', 'x-target-[fake]', 'x-model-[m]', 'x-model-crc-00c0ffee', 'x-input-4', 'x-output-4', 'x-layers-2', 'x-arena-64', 'x-timer-hz-1000000'],
      'x-infer': [`x-input-crc-${crc32(Uint8Array.from(loaded)).toString(16).padStart(8, '0')}`, 'x-ticks-123', `x-output-${Buffer.from(loaded.map((v) => (2 * v) & 255)).toString('hex')}`],
      'x-profile': ['x-layer-0-100', 'x-layer-1-20', 'x-ticks-123'],
      'x-loaded': [`x-loaded-${loaded.length}-${crc32(Uint8Array.from(loaded)).toString(16).padStart(8, '0')}`],
      'x-selftest': ['x-selftest-pass'],
      'x-memory': ['x-arena-64', 'x-stack-peak-100', 'x-stack-size-512'],
      'x-stack': ['x-stack-inference-88'],
    }; // prettier-ignore
    lines(replies[command] ?? [`e-[Unknown command: ${command}]`]);
  }

  /** One answer to a frame. */
  function say(state: string): void {
    const bytes = new Uint8Array(9);
    const view = new DataView(bytes.buffer);
    bytes[0] = state.charCodeAt(0);
    view.setUint32(1, received.length, true);
    view.setUint32(5, crc32(bytes.subarray(0, 5)), true);
    setTimeout(() => onData(Uint8Array.of(...stuff(bytes), 0)), faults.delay ?? 0);
  }

  function frameByte(byte: number): void {
    if (frame === undefined) return;
    if (byte !== 0) return void frame.push(byte);
    if (frame.length === 0) return;
    const bytes = unstuff(Uint8Array.from(frame)) ?? new Uint8Array(4);
    frame = [];
    const body = bytes.subarray(0, -4);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (body.length < 4 || damaged-- > 0 || view.getUint32(body.length, true) !== crc32(body))
      return say('-');
    const offset = view.getUint32(0, true);
    if (offset === ABANDON) {
      frame = undefined;
      return lines(['e-[Load abandoned]']);
    }
    if (received.length === 4 && offset === 4) {
      frame = undefined;
      loaded = received;
      return lines([`x-load-done-${crc32(Uint8Array.from(loaded)).toString(16).padStart(8, '0')}`]);
    }
    if (offset !== received.length || body.length === 4) return say(offset > received.length ? '>' : '=');
    received.push(...body.subarray(4));
    say('+');
  }

  const board = {
    name: 'fake',
    said,
    closed: false,
    write: async (bytes: Uint8Array) => {
      for (const byte of bytes)
        if (frame !== undefined) frameByte(byte);
        else if (byte === 0) text = '';
        else if (byte === 0x25) {
          const command = text;
          text = '';
          answer(command);
        } else text += String.fromCharCode(byte);
    },
    onData: (listener: (bytes: Uint8Array) => void) => {
      onData = listener;
      if (faults.boot !== undefined) out(faults.boot);
    },
    onClose: (listener: (reason: Error) => void) => void (onClose = listener),
    close: async () => void (board.closed = true),
  };
  return board;
}
