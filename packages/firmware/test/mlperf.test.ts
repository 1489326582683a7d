import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { backendFor, requireChecked, type Artifact } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { tensorOf, type CompressedModel } from '@opq/ir';
import { shapedModel, type Ends } from '@opq/ir/testing';
import { createIntegerInterpreter, dequantise, quantiseInput } from '@opq/reference';
import { findTarget } from '@opq/targets';
import { describeWithTools } from '../../../tools/testing';
import { asBuilt, boardHeader, buildFirmware, type BenchmarkSample } from '../src';
import { HOST_COMPILER, hostFirmware } from './support/host-firmware';

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'opq-mlperf-'));
  folders.push(folder);
  return folder;
}
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const m4 = findTarget('qemu-cortex-m4');
async function emit(model: CompressedModel): Promise<readonly Artifact[]> {
  const backend = backendFor(m4, [cortexM()]);
  return (await backend.emit(requireChecked(model, backend, m4), m4)).artifacts;
}

/** Compiles a network as a firmware of this machine. Commands are sent with their `%`; the answer is without its last m-ready. */
async function firmware(ends: Ends, sample?: BenchmarkSample, energy = false) {
  const model = shapedModel(ends);
  const benchmark = sample && { name: ends.name, sample, energy };
  const say = hostFirmware(newFolder(), await emit(model), { benchmark });
  const boot = say('');
  return {
    model,
    boot,
    say,
    /** What is answered to the last of these commands. */
    ask(...commands: readonly string[]): readonly string[] {
      const lines = say(commands.map((command) => `${command}%`).join('')).slice(boot.length);
      const ends = lines.flatMap((line, i) => (line === 'm-ready' ? [i] : []));
      expect(ends).toHaveLength(commands.length);
      expect(ends.at(-1)).toBe(lines.length - 1);
      return lines.slice((ends.at(-2) ?? -1) + 1, -1);
    },
  };
}

const hex = (bytes: ArrayLike<number>): string => Buffer.from(Array.from(bytes)).toString('hex');
/** `db` lines of 31 bytes, as the public runner sends them. */
function loading(bytes: Uint8Array): readonly string[] {
  const lines = [`db load ${bytes.length}`];
  for (let i = 0; i < bytes.length; i += 31) lines.push(`db ${hex(bytes.subarray(i, i + 31))}`);
  return lines;
}

const SMALL: Ends = { name: 'kws01', shape: [10], outputs: 3, scale: 0.5, zeroPoint: 3 };

describeWithTools(HOST_COMPILER)("MLPerf Tiny's commands", () => {
  let plain: Awaited<ReturnType<typeof firmware>>;
  beforeAll(async () => (plain = await firmware(SMALL)), 60_000);

  test('boot, name, profile, timestamp', () => {
    expect(plain.boot).toEqual(['m-timestamp-mode-performance', 'm-lap-us-1', 'm-init-done', 'm-ready']);
    expect(plain.ask('name')).toEqual(['m-name-dut-[opq]']);
    expect(plain.ask('profile')).toEqual(['m-profile-[ULPMark for tinyML Firmware V0.0.1]', 'm-model-[kws01]']);
    expect(plain.ask('timestamp')).toEqual(['m-lap-us-2']);
  }); // prettier-ignore

  test('help names every command', () => {
    const [first, ...rest] = plain.ask('help');
    expect(first).toBe('ULPMark for tinyML Firmware V0.0.1');
    expect(rest.map((line) => /^(\S+( load| print| HH)?)/.exec(line)?.[1])).toEqual(
      ['help', 'name', 'profile', 'timestamp', 'db load', 'db HH', 'db print', 'infer', 'results', 'x-...'],
    ); // prettier-ignore
    expect(rest.join()).not.toContain('m-ready');
  });

  test.each([
    ['db', "e-[Command 'db' requires a subcommand]"],
    ['db load', "e-[Command 'db load' requires the # of bytes]"],
    ['db load 0', "e-[Command 'db load' must be >0 bytes]"],
    ['db load x', "e-[Command 'db load' must be >0 bytes]"],
    ['db load 11', 'e-[The model takes 10 bytes]'],
    ['db load 4294967306', 'e-[The model takes 10 bytes]'],
    ['db 00', 'e-[No bytes are expected]'],
    ['infer 0', 'e-[Inference iterations must be >0]'],
    ['infer -3', 'e-[Inference iterations must be >0]'],
    ['infer x 1', 'e-[Inference iterations must be >0]'],
    ['infer 1 -1', 'e-[Inference warmup must be >=0]'],
    ['', 'e-[Unknown command: ]'],
    ['inferno', 'e-[Unknown command: inferno]'],
    ['dba', 'e-[Unknown command: dba]'],
    ['a\u001b\u00e9', 'e-[Unknown command: a??]'],
    ['x'.repeat(81), 'e-[Command too long]'],
    ['x'.repeat(80), `e-[Unknown command: ${'x'.repeat(80)}]`],
  ])('%j is answered by one line', (command, line) => expect(plain.ask(command)).toEqual([line]));

  test('bytes: odd digits, wrong digits, either case, more than announced', () => {
    const open = 'db load 10';
    expect(plain.ask(open)).toEqual(['m-[Expecting 10 bytes]']);
    expect(plain.ask(open, 'db 010')).toEqual(['e-[Insufficent number of hex digits]']);
    expect(plain.ask(open, 'db 01zz')).toEqual(["e-[Invalid hex digit 'zz']"]);
    expect(plain.ask(open, 'db 0a0B', 'db 0102')).toEqual([]);
    // The digits of the line that completes the sample may go on; those of a line behind it belong to nothing.
    const whole = [open, `db ${hex([1, 2, 3, 4, 5, 6, 7, 8, 9, 0xfa])}ff0`.slice(0, -1)];
    expect(plain.ask(...whole)).toEqual(['m-load-done']);
    expect(plain.ask(...whole, 'db ff')).toEqual(['e-[No bytes are expected]']);
    expect(plain.ask(...whole, 'db print')).toEqual(['m-buffer-01-02-03-04-05-06-07-08', 'm-buffer-09-fa']);
  });

  test('blanks between words count for nothing', () => {
    expect(plain.ask('  db   load   10 ')).toEqual(['m-[Expecting 10 bytes]']);
    expect(plain.ask('infer  2   1 ').slice(0, 3)).toEqual(['m-warmup-start-1', 'm-warmup-done', 'm-infer-start-2']);
  }); // prettier-ignore

  test.each([
    ['infer', 10, 1],
    ['infer 3', 10, 3],
    ['infer 3 0', 0, 3],
    ['infer 2 x', 0, 2],
  ])('%s', (command, warmUp, runs) => {
    const lines = plain.ask(command);
    // Each inference asks the timer twice, which is a microsecond on each time.
    const begin = 2 + 2 * warmUp;
    expect(lines).toEqual([
      `m-warmup-start-${warmUp}`, 'm-warmup-done', `m-infer-start-${runs}`, `m-lap-us-${begin}`, `m-lap-us-${begin + 2 * runs + 1}`, 'm-infer-done', expect.stringMatching(/^m-results-\[\d\.\d{3},\d\.\d{3},\d\.\d{3}\]$/),
    ]); // prettier-ignore
    expect(plain.ask(command, 'results')).toEqual(lines.slice(-1));
  });

  test('whatever is sent, every command is answered by m-ready and by nothing behind it', () => {
    const words = fc.constantFrom('db', 'load', 'print', 'infer', 'results', 'help', 'name', '10', '0', '-1', 'ff', '0', 'zz', 'x-info', 'x-infer', '');
    const noise = fc.string({ unit: fc.constantFrom(...'db loadprintx-f0123 \r\n\u00ff'), maxLength: 90 });
    const command = fc.oneof(fc.array(words, { maxLength: 4 }).map((list) => list.join(' ')), noise);
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 30 }), (commands) => {
        const lines = plain.say(commands.map((text) => `${text}%`).join('')).slice(plain.boot.length);
        expect(lines.filter((line) => line === 'm-ready')).toHaveLength(commands.length);
        expect(lines.at(-1)).toBe('m-ready');
      }),
      { numRuns: 40 },
    );
  }); // prettier-ignore
});

/** What the board should say, from the interpreter. */
function outputsOf(model: CompressedModel, stored: Int8Array): Float32Array {
  const output = tensorOf(model.model, model.model.outputs[0]!);
  return dequantise(createIntegerInterpreter(model.model).run([stored])[0]!, output.quantisation!);
}
const numbersOf = (line: string | undefined): readonly number[] =>
  (/^m-results-\[(.*)\]$/.exec(line ?? '')?.[1] ?? '').split(',').map(Number);

describeWithTools(HOST_COMPILER)('what a sample becomes', () => {
  test('bytes by a table: any scale of the samples on any scale of the input', async () => {
    const table = Int8Array.from({ length: 256 }, (_, byte) => Math.max(-128, Math.min(127, 2 * byte - 200)));
    const board = await firmware({ ...SMALL, name: 'ic01' }, { kind: 'bytes', table });
    const sample = Uint8Array.of(0, 1, 50, 100, 127, 128, 150, 163, 164, 255);
    expect(board.ask('profile').at(-1)).toBe('m-model-[ic01]');
    const results = numbersOf(board.ask(...loading(sample), 'infer 1 0').at(-1));
    const wanted = outputsOf(
      board.model,
      Int8Array.from(sample, (byte) => table[byte]!),
    );
    results.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 3));
    // Nobody sees of the table but the network.
    expect(board.ask(...loading(sample), 'db print').join('-')).toBe(
      `m-buffer-00-01-32-64-7f-80-96-a3-m-buffer-a4-ff`,
    );
  }, 60_000);

  test('float32 values, and how far off their reconstruction is', async () => {
    const ends: Ends = { name: 'ad01', shape: [24], outputs: 24, scale: 0.25, zeroPoint: -20 };
    const board = await firmware(ends, { kind: 'reconstruction' });
    const quantisation = tensorOf(board.model.model, board.model.model.inputs[0]!).quantisation!;
    const value = fc.oneof(
      fc.float({ min: -60, max: 60, noNaN: true }),
      fc.integer({ min: -400, max: 400 }).map((n) => n / 8),
      fc.constantFrom(0, -0, 1e-40, 2000, -2000),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 24, maxLength: 24 }), (values) => {
        const sample = Float32Array.from(values);
        const stored = quantiseInput(sample, quantisation);
        const lines = board.ask(...loading(new Uint8Array(sample.buffer)), 'infer 1 0');
        const output = outputsOf(board.model, stored);
        const mean = sample.reduce((sum, x, i) => sum + (output[i]! - x) ** 2, 0) / 24;
        const [found, ...more] = numbersOf(lines.at(-1));
        expect(more).toEqual([]);
        // Differences are kept in units of 2^-12.
        expect(Math.abs(found! - mean)).toBeLessThanOrEqual(0.001 + 2e-4 * Math.sqrt(mean) * 2);
        const input = board.ask(...loading(new Uint8Array(sample.buffer)), 'x-infer')[0];
        expect(input).toBe(`x-input-crc-${crcOf(stored)}`);
      }),
      { numRuns: 25 },
    );
    // Numbers no sample should hold do no harm.
    const odd = Float32Array.of(Infinity, -Infinity, NaN, 3e38, -3e38, ...new Array<number>(19).fill(0));
    expect(board.ask(...loading(new Uint8Array(odd.buffer)), 'infer 1 0')).toHaveLength(7);
  }, 60_000);
});

for (const name of ['qemu-cortex-m3', 'qemu-rv32imc', 'qemu-lx106'])
  describeWithTools(`${findTarget(name).toolchain.prefix}gcc`)(`firmware of benchmarks for ${name}`, () => {
    test('every kind of sample builds, in energy mode too', async () => {
      const target = findTarget(name);
      const ends: Ends = { name: 'ad01', shape: [24], outputs: 24, scale: 0.25, zeroPoint: -20 };
      const backend = backendFor(target, [cortexM(), esp32()]);
      const { artifacts } = await backend.emit(requireChecked(shapedModel(ends), backend, target), target);
      const samples: readonly BenchmarkSample[] = [
        { kind: 'bytes' },
        { kind: 'bytes', table: new Int8Array(256) },
        { kind: 'reconstruction' },
      ];
      for (const sample of samples) {
        const benchmark = { name: 'ad01', sample, energy: sample.kind === 'reconstruction' };
        const { sizes } = await buildFirmware({ target, artifacts, directory: newFolder(), benchmark });
        expect(sizes.flash).toBeGreaterThan(0);
      }
    }, 60_000);
  });

describeWithTools(HOST_COMPILER)('energy mode', () => {
  test('edges of a pin stand where times would', async () => {
    const board = await firmware(SMALL, { kind: 'bytes' }, true);
    expect(board.boot).toEqual(['(pin)m-timestamp-mode-energy', '(edge)m-init-done', 'm-ready']);
    expect(board.ask('infer 2 1')).toEqual([
      'm-warmup-start-1', 'm-warmup-done', 'm-infer-start-2', '(edge)(edge)m-infer-done', expect.stringMatching(/^m-results-/),
    ]); // prettier-ignore
    expect(board.say('timestamp%').slice(board.boot.length)).toEqual(['(edge)m-ready']);
  }, 60_000);

  test('speaks 9600 baud, and is refused where the driver keeps its rate', () => {
    const energy = { benchmark: { name: 'ic01', sample: { kind: 'bytes' }, energy: true } } as const;
    expect(boardHeader(m4, energy)).toContain('#define OPQ_UART_BAUD 9600u');
    expect(asBuilt(m4, energy).uart.baudRate).toBe(9600);
    expect(asBuilt(m4, { benchmark: { ...energy.benchmark, energy: false } })).toBe(m4);
    expect(() => boardHeader(findTarget('esp32c3'), energy)).toThrow(
      expect.objectContaining({ code: 'OPQ0710', message: expect.stringContaining('esp32c3') }),
    );
  });
});

/** CRC-32 as IEEE 802.3 has it, bit by bit. */
function crcOf(values: Int8Array): string {
  let crc = 0xffffffff;
  for (const value of values) {
    crc ^= value & 255;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
