import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeBlock } from 'uf2';
import { flasherErrors } from '@opq/errors';
import { imageBytes, LOADER_API, type DriveLoader, type FlashImage } from './loader';

const PAYLOAD = 256;
/** UF2 family ids. */
export const UF2_FAMILIES = { rp2040: 0xe48bff56, 'rp2350-arm-s': 0xe48bff59 } as const;
/** A chip that takes UF2 files, by the name of its family. */
export type Uf2Family = keyof typeof UF2_FAMILIES;

/** An image as UF2: blocks of 512 bytes that hold 256 of it, at multiples of 256. */
export function encodeUf2({ segments }: FlashImage, family: number): Uint8Array {
  const pages = new Map<number, Uint8Array>();
  for (const { address, bytes } of segments)
    for (let i = 0; i < bytes.length; i++) {
      const start = address + i - ((address + i) % PAYLOAD);
      const page = pages.get(start) ?? new Uint8Array(PAYLOAD).fill(0xff);
      pages.set(start, page);
      page[address + i - start] = bytes[i] ?? 0xff;
    }
  const list = [...pages].sort(([a], [b]) => a - b);
  const out = new Uint8Array(512 * list.length);
  list.forEach(([flashAddress, payload], blockNumber) => {
    const block = {
      flashAddress,
      payload,
      blockNumber,
      totalBlocks: list.length,
      boardFamily: family,
      flags: 0x2000,
    };
    out.set(encodeBlock(block), 512 * blockNumber);
  });
  return out;
}

/**
 * Copies an image to the drive that a board shows while it waits for one. The board may start, and the drive vanish, with
 * the last block.
 * @param drive folder where it is mounted
 * @throws OPQ0834, OPQ0835
 */
export async function copyUf2(image: FlashImage, family: number, drive: string): Promise<void> {
  const info = await readFile(join(drive, 'INFO_UF2.TXT'), 'utf8').catch(() => undefined);
  if (info === undefined || !(await stat(drive)).isDirectory()) throw flasherErrors.noUf2Drive(drive);
  const place = join(drive, 'firmware.uf2');
  try {
    await writeFile(place, encodeUf2(image, family));
  } catch (error) {
    // Nothing half-written is left where the drive is still there.
    await rm(place, { force: true }).catch(() => undefined);
    throw flasherErrors.uf2Failed(drive, error instanceof Error ? error.message : String(error));
  }
}

/** Which blocks a chip takes, and how its board shows itself. */
export interface Uf2Options {
  /** As a target names the loader. */
  readonly name: string;
  /** UF2 family id of the chip. */
  readonly family: number;
  /** What the board calls its drive. */
  readonly drive: string;
}

/** A loader for a chip that takes UF2 files; it starts by itself once it has the last block. */
export const uf2Loader = ({ name, family, drive }: Uf2Options): DriveLoader => ({
  api: LOADER_API,
  name,
  drive,
  async flash(image, folder, progress, signal) {
    if (signal.aborted) throw flasherErrors.stopped();
    const total = imageBytes(image);
    progress({ step: 'write', done: 0, total });
    await copyUf2(image, family, folder);
    progress({ step: 'write', done: total, total });
    return { chip: drive, bytes: total, started: true };
  },
});
