import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { buildFirmware } from '@opq/firmware';
import { connectDevice, openPort, startEmulator, type Device } from '@opq/flasher';
import { generateInput, generateModel } from '@opq/ir/testing';
import { emitModel } from '@opq/pipeline';
import { createIntegerInterpreter } from '@opq/reference';
import { findTarget } from '@opq/targets';
import { faultyLine, randomNumbers, type Damage } from '../../packages/flasher/test/support/faulty-line';
import { describeWithTools } from '../../tools/testing';
import { toolsOf } from './on-board';

const model = generateModel(13);
const noise = (count: number): Uint8Array => {
  const random = randomNumbers(11);
  return Uint8Array.from({ length: count }, () => Math.floor(256 * random()));
};

/** A board behind a line on which a share of all bytes is lost or flipped, in both directions. */
async function behind<T>(
  board: string,
  rate: number,
  work: (device: Device, damage: Damage, spoil: (on: boolean) => void) => Promise<T>,
): Promise<T> {
  const target = findTarget(board);
  const folder = mkdtempSync(join(tmpdir(), 'opq-upload-'));
  try {
    const { artifacts } = await emitModel(model, target, [cortexM(), esp32()]);
    const { elf } = await buildFirmware({ target, artifacts, directory: join(folder, 'build') });
    const emulator = await startEmulator(target, elf);
    try {
      const port = await openPort(emulator.port, { baudRate: target.uart.baudRate });
      let spoiling = false;
      const { transport, damage } = faultyLine(port, rate, 5, () => spoiling);
      await emulator.start();
      const device = await connectDevice(transport);
      try {
        spoiling = true;
        return await work(device, damage, (on) => (spoiling = on));
      } finally {
        spoiling = false;
        await device.close();
      }
    } finally {
      await emulator.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An emulated line passes tens of kilobytes in a second; a megabyte goes over one of them, in minutes where the machine is busy. */
const AMOUNTS = [
  ['mps2-an386', 2 ** 20],
  ['qemu-rv32imc', 2 ** 13],
  ['qemu-lx106', 2 ** 13],
] as const;

for (const [board, count] of AMOUNTS)
  describeWithTools(...toolsOf(board))(board, () => {
    test(`takes ${count} bytes and loses nothing`, async () => {
      await behind(board, 0, async (device, damage) => {
        expect(await device.testLine(noise(count))).toMatchObject({ bytes: count });
        expect(damage).toMatchObject({ dropped: 0, flipped: 0 });
      });
    }, 300_000);

    test(`takes ${count} bytes though one in a hundred is lost or flipped, both ways`, async () => {
      await behind(board, 0.01, async (device, damage) => {
        const report = await device.testLine(noise(count));
        process.stdout.write(
          `${board}: ${count} bytes in ${report.frames} frames, ${report.resent} of them sent again; ${damage.dropped} bytes lost, ${damage.flipped} flipped\n`,
        );
        expect(report.bytes).toBe(count);
        expect(report.resent).toBeGreaterThan(0);
        expect(Math.min(damage.dropped, damage.flipped)).toBeGreaterThan(0.004 * count);
      });
    }, 900_000);
  });

describeWithTools(...toolsOf('mps2-an386'))('inputs over a bad line', () => {
  test('give the outputs of the host', async () => {
    const oracle = createIntegerInterpreter(model.model);
    await behind('mps2-an386', 0.01, async (device, damage, spoil) => {
      for (let i = 0; i < 5; i++) {
        const input = generateInput(model, i);
        spoil(true);
        await device.load(input);
        spoil(false);
        expect((await device.infer()).output).toEqual(oracle.run([input])[0]);
      }
      expect(damage.dropped + damage.flipped).toBeGreaterThan(0);
    });
  }, 60_000);
});
