import { setTimeout as delay } from 'node:timers/promises';
import { flasherErrors } from '@opq/errors';
import { LineReader } from './line-reader';
import { crc32 } from './crc32';
import type { Transport } from './transport';
import { abandonUpload, upload, type UploadReport } from './upload';

/** What a device says of itself (`x-info`). */
export interface DeviceInfo {
  /** Name of the target that the firmware was built for. */
  readonly target: string;
  /** Name of the network: untrusted text. */
  readonly model: string;
  /** CRC-32 of the model's tables, eight hexadecimal digits. */
  readonly modelCrc: string;
  /** Of one input: int8, a byte for each element. */
  readonly inputBytes: number;
  /** Of one output: int8, a byte for each element. */
  readonly outputBytes: number;
  /** Number of layers, as `profile` counts them. */
  readonly layers: number;
  /** Size of the static arena. */
  readonly arenaBytes: number;
  /** Ticks of the board's timer in a second. */
  readonly timerHz: number;
}

/** One inference on a board. */
export interface Inference {
  /** int8, the model's own output order. */
  readonly output: Int8Array;
  /** Timer ticks of one inference. */
  readonly ticks: number;
}

/** What a self-test found. */
export type SelfTest =
  | { readonly passed: true }
  /** The model's tables in flash are not those that were built; `crc` is their CRC-32. */
  | { readonly passed: false; readonly failed: 'model'; readonly crc: string }
  /** The first layer, counted from 0, or else the first output, that differs from the host's. */
  | { readonly passed: false; readonly failed: 'layer' | 'output'; readonly index: number };

/** RAM that the firmware takes, in bytes. */
export interface DeviceMemory {
  /** Size of the static arena: activations and scratch. */
  readonly arenaBytes: number;
  /** Most of the stack that was in use since the board started. */
  readonly stackPeak: number;
  /** Size of the stack. */
  readonly stackSize: number;
}

/** A board that runs opq's firmware, emulated or not. One command at a time. */
export interface Device {
  /** What messages call it. */
  readonly name: string;
  /** What the board says of itself. @throws OPQ0836 where its firmware speaks another version of the protocol */
  info(): Promise<DeviceInfo>;
  /** Uploads one input, int8, to serve the following inferences. @throws OPQ0812, OPQ0813 */
  load(input: Int8Array): Promise<void>;
  /** One inference of the input that was loaded last. @throws OPQ0840 when the board has lost the input since it was loaded */
  infer(): Promise<Inference>;
  /** Sends bytes that the board only sums, as many as wanted, to see what the line loses. @throws OPQ0812 */
  testLine(bytes: Uint8Array): Promise<UploadReport>;
  /** Ticks of each layer in one inference. */
  profile(): Promise<readonly number[]>;
  /** Runs the golden sample in the firmware, after a look at the model's tables in flash. */
  selfTest(): Promise<SelfTest>;
  /** CRC-32 of what a layer, counted from 0, leaves in memory for the loaded input; eight hexadecimal digits. */
  layerChecksum(layer: number): Promise<string>;
  /** RAM that the firmware takes. */
  memory(): Promise<DeviceMemory>;
  /** Bytes of stack that one inference takes, from its call down, without interrupts. */
  inferenceStack(): Promise<number>;
  /** Seconds of the board's timer in a second of the host's clock; 1 where the timer runs as fast as it is said to. */
  clockRate(): Promise<number>;
  /** Sends any command (without its `%`) and gives the lines before `m-ready`. */
  command(text: string, seconds?: number): Promise<readonly string[]>;
  /** Ends the connection; an emulated board ends with it. */
  close(): Promise<void>;
}

/** Version of docs/reference/serial-protocol.md that is spoken here. */
const PROTOCOL = '2';
const SECONDS = 20;
const INFERENCE_SECONDS = 300;
/** Long against the time a question takes on the line. */
const CLOCK_SECONDS = 1;

/**
 * Speaks docs/reference/serial-protocol.md over a transport: asks for the name until it is answered, then serves commands.
 * @param release what closing the device also has to end (an emulator)
 * @throws OPQ0808 when nothing answers
 */
export async function connectDevice(
  transport: Transport,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly seconds?: number;
    readonly release?: () => Promise<void>;
  } = {},
): Promise<Device> {
  const reader = new LineReader(transport, options.signal);
  const { name } = transport;
  let turn: Promise<unknown> = Promise.resolve();
  /** CRC-32 of the input that was loaded last. */
  let loadedCrc: string | undefined;
  /** Commands wait for the one before, so that two callers never mix their bytes. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  };
  const send = (text: string): Promise<void> => transport.write(new TextEncoder().encode(text));

  async function answer(command: string, seconds: number): Promise<readonly string[]> {
    const until = Date.now() + seconds * 1000;
    let stray = false;
    const lines: string[] = [];
    for (;;) {
      const line = await reader.line(until);
      if (line === undefined) throw flasherErrors.noAnswer(name, command, seconds, lines.at(-1) ?? '');
      // An upload's last acknowledgement, sent again because the first was slow, is no answer to what was asked since.
      if (line.startsWith('x-loaded-') && command !== 'x-loaded') stray = true;
      else if (line !== 'm-ready') lines.push(line);
      else if (stray && lines.length === 0) stray = false;
      else break;
    }
    const refused = lines.find((line) => line.startsWith('e-['));
    if (refused !== undefined)
      throw flasherErrors.deviceError(name, command, refused.slice(3).replace(/\]$/, ''));
    return lines;
  }

  const command = (text: string, seconds = SECONDS): Promise<readonly string[]> =>
    inTurn(async () => {
      reader.clear();
      await send(`${text}%`);
      return answer(text, seconds);
    });

  /** The rest of the line that begins with `prefix`. */
  const field = (lines: readonly string[], asked: string, prefix: string): string => {
    const line = lines.find((candidate) => candidate.startsWith(prefix));
    if (line === undefined) throw flasherErrors.unexpectedAnswer(name, asked, prefix, lines);
    return line.slice(prefix.length);
  };
  const number = (lines: readonly string[], asked: string, prefix: string): number => {
    const text = field(lines, asked, prefix);
    if (!/^\d{1,15}$/.test(text))
      throw flasherErrors.unexpectedAnswer(name, asked, `a number after ${prefix}`, lines);
    return Number(text);
  };
  const bracketed = (lines: readonly string[], asked: string, prefix: string): string =>
    field(lines, asked, prefix).replace(/^\[|\]$/g, '');

  /** True when exactly this line came in time. */
  async function seen(wanted: string, until: number): Promise<boolean> {
    for (let line = await reader.line(until); line !== undefined; line = await reader.line(until))
      if (line === wanted) return true;
    return false;
  }

  /**
   * Asks for the name until it is answered. Earlier questions may be answered late, so a question nobody asked before, whose
   * answer can only be its own, marks the point from which answers and commands go in step.
   */
  async function waitForFirmware(): Promise<void> {
    const seconds = options.seconds ?? 15;
    const until = Date.now() + seconds * 1000;
    for (let attempt = 1; Date.now() < until; attempt++) {
      reader.clear();
      await abandonUpload({ transport, reader });
      await send('name%');
      if (!(await seen('m-name-dut-[opq]', Math.min(until, Date.now() + 1000)))) continue;
      const mark = `sync-${attempt}`;
      await send(`${mark}%`);
      if (await seen(`e-[Unknown command: ${mark}]`, Math.min(until, Date.now() + 2000))) {
        await answer(mark, 5);
        return;
      }
    }
    throw flasherErrors.noAnswer(name, 'name', seconds, '');
  }

  async function info(): Promise<DeviceInfo> {
    const lines = await command('x-info');
    const protocol = field(lines, 'x-info', 'x-protocol-');
    if (protocol !== PROTOCOL) throw flasherErrors.otherProtocol(name, protocol, PROTOCOL);
    const of = (prefix: string): number => number(lines, 'x-info', prefix);
    return {
      target: bracketed(lines, 'x-info', 'x-target-'),
      model: bracketed(lines, 'x-info', 'x-model-['),
      modelCrc: field(lines, 'x-info', 'x-model-crc-'),
      inputBytes: of('x-input-'),
      outputBytes: of('x-output-'),
      layers: of('x-layers-'),
      arenaBytes: of('x-arena-'),
      timerHz: of('x-timer-hz-'),
    };
  }

  const load = (input: Int8Array): Promise<void> =>
    inTurn(async () => {
      const bytes = new Uint8Array(input.buffer, input.byteOffset, input.length);
      loadedCrc = undefined;
      await upload({ transport, reader }, 'x-load', bytes);
      loadedCrc = crc32(bytes).toString(16).padStart(8, '0');
    });

  const testLine = (bytes: Uint8Array): Promise<UploadReport> =>
    inTurn(() => upload({ transport, reader }, 'x-line', bytes));

  async function infer(): Promise<Inference> {
    const lines = await command('x-infer', INFERENCE_SECONDS);
    const hex = field(lines, 'x-infer', 'x-output-');
    const crc = field(lines, 'x-infer', 'x-input-crc-');
    // A board that restarted between load and inference answers as if nothing had happened, for an input of zeros.
    if (loadedCrc !== undefined && crc !== loadedCrc) throw flasherErrors.inputLost(name, loadedCrc, crc);
    if (!/^([0-9a-f]{2})*$/.test(hex))
      throw flasherErrors.unexpectedAnswer(name, 'x-infer', 'hexadecimal output', lines);
    return {
      output: Int8Array.from(Buffer.from(hex, 'hex'), (v) => (v << 24) >> 24),
      ticks: number(lines, 'x-infer', 'x-ticks-'),
    };
  }

  async function profile(): Promise<readonly number[]> {
    const lines = await command('x-profile', INFERENCE_SECONDS);
    return lines.flatMap((line) => /^x-layer-\d+-(\d+)$/.exec(line)?.[1] ?? []).map(Number);
  }

  async function selfTest(): Promise<SelfTest> {
    const lines = await command('x-selftest', INFERENCE_SECONDS);
    if (lines.includes('x-selftest-pass')) return { passed: true };
    const found = field(lines, 'x-selftest', 'x-selftest-fail-');
    const [, failed, value = ''] = /^(model|layer|output)-([0-9a-f]{1,8})$/.exec(found) ?? [];
    if (failed === 'model') return { passed: false, failed, crc: value };
    if ((failed === 'layer' || failed === 'output') && /^\d+$/.test(value))
      return { passed: false, failed, index: Number(value) };
    throw flasherErrors.unexpectedAnswer(name, 'x-selftest', 'x-selftest-pass or what failed', lines);
  }

  async function layerChecksum(layer: number): Promise<string> {
    const asked = `x-layer ${layer}`;
    const lines = await command(asked, INFERENCE_SECONDS);
    const crc = field(lines, asked, `x-layer-crc-${layer}-`);
    if (!/^[0-9a-f]{8}$/.test(crc)) throw flasherErrors.unexpectedAnswer(name, asked, 'a checksum', lines);
    return crc;
  }

  async function memory(): Promise<DeviceMemory> {
    const lines = await command('x-memory');
    const of = (prefix: string): number => number(lines, 'x-memory', prefix);
    return { arenaBytes: of('x-arena-'), stackPeak: of('x-stack-peak-'), stackSize: of('x-stack-size-') };
  }

  async function inferenceStack(): Promise<number> {
    const lines = await command('x-stack', INFERENCE_SECONDS);
    return number(lines, 'x-stack', 'x-stack-inference-');
  }

  async function clockRate(): Promise<number> {
    const now = async (): Promise<readonly [number, number]> => {
      const sent = performance.now();
      const lines = await command('timestamp');
      // The board looks at its timer about half-way between question and answer.
      return [number(lines, 'timestamp', 'm-lap-us-'), 500 * (sent + performance.now())];
    };
    const [board, host] = await now();
    await delay(CLOCK_SECONDS * 1000);
    const [boardLater, hostLater] = await now();
    return (boardLater - board) / (hostLater - host);
  }

  const close = async (): Promise<void> => {
    reader.close();
    await transport.close();
    await options.release?.();
  };
  try {
    await waitForFirmware();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name,
    info,
    load,
    infer,
    testLine,
    profile,
    selfTest,
    layerChecksum,
    memory,
    inferenceStack,
    clockRate,
    command,
    close,
  };
}
