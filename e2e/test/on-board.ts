import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { buildFirmware } from '@opq/firmware';
import { openDevice, type Device } from '@opq/flasher';
import type { CompressedModel } from '@opq/ir';
import { emitModel } from '@opq/pipeline';
import { findTarget } from '@opq/targets';

/** The emulated boards. */
export const BOARDS = [
  'mps2-an385', 'mps2-an386', 'mps2-an500', 'mps2-an505', 'mps3-an547', 'netduinoplus2', 'qemu-rv32imc', 'qemu-lx106',
] as const; // prettier-ignore

/** The programs that build for a board and emulate it. */
export function toolsOf(board: string): readonly string[] {
  const { toolchain, emulator } = findTarget(board);
  return [`${toolchain.prefix}gcc`, ...(emulator === undefined ? [] : [emulator.program])];
}

/** Emits, builds and boots a model, hands the device over, and ends it. */
export async function onBoard<T>(
  board: string,
  compressed: CompressedModel,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  const target = findTarget(board);
  const folder = mkdtempSync(join(tmpdir(), 'opq-e2e-'));
  try {
    const { artifacts } = await emitModel(compressed, target, [cortexM(), esp32()]);
    const { elf } = await buildFirmware({ target, artifacts, directory: join(folder, 'build') });
    const device = await openDevice({ target, image: elf });
    try {
      return await work(device);
    } finally {
      await device.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
