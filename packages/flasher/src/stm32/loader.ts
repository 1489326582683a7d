import { flasherErrors } from '@opq/errors';
import { imageBytes, LOADER_API, type FlashImage, type FlashProgress, type Loader } from '../loader';
import { BLOCK, ExchangeFault, Stm32Bootloader, type Stm32Times } from './bootloader';
import { FLASH_START, pagesOf, stm32Chips, type FlashPage, type Stm32Chip } from './chips';

const TIMES: Stm32Times = { answer: 1000, erase: 40_000, resync: 20_000 };
/** Tries of one exchange, and of the whole image. */
const TRIES = 4;
const BOOT_HINT =
  'Pull BOOT0 high and press reset, so that the chip starts its own bootloader; check that TX and RX are crossed.';
const PROTECTED_HINT =
  'The chip may be protected against reading or writing: remove the protection with a debug probe (this erases it).';

interface Block {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Whole blocks at multiples of their size; what the image leaves open stays erased. */
function blocksOf({ segments }: FlashImage): readonly Block[] {
  const blocks = new Map<number, Uint8Array>();
  for (const { address, bytes } of segments)
    for (let i = 0; i < bytes.length; i++) {
      const start = address + i - ((address + i) % BLOCK);
      const block = blocks.get(start) ?? new Uint8Array(BLOCK).fill(0xff);
      blocks.set(start, block);
      block[address + i - start] = bytes[i] ?? 0xff;
    }
  return [...blocks].sort(([a], [b]) => a - b).map(([address, bytes]) => ({ address, bytes }));
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);
const erased = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0xff);

/** STM32's own bootloader over USART (AN3155): every block is read back before the program is started. */
export function stm32Loader(times: Partial<Stm32Times> = {}): Loader {
  return {
    api: LOADER_API,
    name: 'stm32',
    line: { baudRate: 115200, parity: 'even' },
    async flash(image, line, progress, signal) {
      const bootloader = new Stm32Bootloader(line, { ...TIMES, ...times }, signal);
      const talk = talkWith(bootloader, line.name);
      const total = imageBytes(image);
      const say = (step: Parameters<FlashProgress>[0]['step'], done: number): void =>
        progress({ step, done: Math.min(done, total), total });
      try {
        say('connect', 0);
        await talk.connect();
        const id = await talk.agreed(() => bootloader.getId());
        const chip = stm32Chips.find((candidate) => candidate.id === id);
        const name = chip?.name ?? `STM32 0x${id.toString(16)}`;
        const blocks = blocksOf(image);
        const pages = chip === undefined ? 'all' : pagesFor(chip, blocks, line.name);
        await writeVerified(bootloader, talk, line.name, blocks, pages, say);
        say('start', total);
        const entry = image.entry ?? image.segments[0]?.address ?? FLASH_START;
        return { chip: name, bytes: total, started: await start(bootloader, entry) };
      } finally {
        bootloader.close();
      }
    },
  };
}

/** The pages that hold the blocks. @throws OPQ0824 */
function pagesFor(chip: Stm32Chip, blocks: readonly Block[], device: string): readonly FlashPage[] {
  const pages = pagesOf(chip);
  const outside = blocks.find(
    ({ address: a }) => !pages.some((p) => a >= p.address && a < p.address + p.bytes),
  );
  if (outside !== undefined) {
    const [last] = pages.slice(-1);
    const end = last === undefined ? FLASH_START : last.address + last.bytes;
    const [first, final] = [blocks[0]?.address ?? 0, (blocks.at(-1)?.address ?? 0) + BLOCK];
    const table = `  ${chip.name}: 0x0${FLASH_START.toString(16)} to 0x0${end.toString(16)}, ${end - FLASH_START} bytes`;
    throw flasherErrors.outsideFlash(device, first, final, table);
  }
  return pages.filter((p) =>
    blocks.some(({ address }) => address >= p.address && address < p.address + p.bytes),
  );
}

/** Exchanges that are tried again after both sides came into step. */
interface Talk {
  connect(): Promise<void>;
  tried<T>(exchange: () => Promise<T>): Promise<T>;
  /** Answers carry no checksum: two equal ones in a row are believed. */
  agreed(exchange: () => Promise<number>): Promise<number>;
}

function talkWith(bootloader: Stm32Bootloader, device: string): Talk {
  const coded = ({ kind, step }: ExchangeFault): Error => {
    switch (kind) {
      case 'silent':
        return flasherErrors.loaderSilent(device, step, BOOT_HINT);
      case 'refused':
        return flasherErrors.loaderRefused(device, step, PROTECTED_HINT);
      case 'garbled':
        return flasherErrors.loaderGarbled(device, step);
    }
  };
  const resync = async (step: string): Promise<void> => {
    try {
      await bootloader.resync(step);
    } catch (error) {
      throw error instanceof ExchangeFault ? coded(error) : error;
    }
  };
  async function tried<T>(exchange: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++)
      try {
        return await exchange();
      } catch (error) {
        if (!(error instanceof ExchangeFault)) throw error;
        if (attempt === TRIES) throw coded(error);
        await resync(error.step);
      }
  }
  async function agreed(exchange: () => Promise<number>): Promise<number> {
    for (let attempt = 0, before: number | undefined; attempt < 2 * TRIES; attempt++) {
      const now = await tried(exchange);
      if (now === before) return now;
      before = now;
    }
    throw flasherErrors.loaderGarbled(device, 'get id');
  }
  return { connect: () => resync('connect'), tried, agreed };
}

type Say = (step: 'erase' | 'write' | 'verify', done: number) => void;

/** Erases, writes and reads back; from the start again where a block is neither what it should be nor erased. @throws OPQ0823 */
async function writeVerified(
  bootloader: Stm32Bootloader,
  talk: Talk,
  device: string,
  blocks: readonly Block[],
  pages: readonly FlashPage[] | 'all',
  say: Say,
): Promise<void> {
  let wrong: number | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    say('erase', 0);
    // The commands are asked for twice: an answer with one wrong byte may have named the other kind of erase.
    await talk.tried(() => bootloader.get());
    await talk.tried(() => bootloader.erase(pages === 'all' ? pages : pages.map(({ index }) => index)));
    wrong =
      (await writeBlocks(bootloader, talk, blocks, say)) ?? (await verify(bootloader, talk, blocks, say));
    if (wrong === undefined) return;
  }
  throw flasherErrors.verifyFailed(device, wrong ?? 0);
}

/** Address of a block that only an erase can mend; undefined when all are written. */
async function writeBlocks(
  bootloader: Stm32Bootloader,
  talk: Talk,
  blocks: readonly Block[],
  say: Say,
): Promise<number | undefined> {
  for (const [i, { address, bytes }] of blocks.entries()) {
    say('write', i * BLOCK);
    if (erased(bytes)) continue;
    let unsure = false;
    const state = await talk.tried(async () => {
      // A write that failed may have happened all the same, or in part.
      const found = unsure ? await bootloader.read(address) : undefined;
      if (found !== undefined && equal(found, bytes)) return 'written';
      if (found !== undefined && !erased(found)) return 'spoilt';
      unsure = true;
      await bootloader.write(address, bytes);
      return 'written';
    });
    if (state === 'spoilt') return address;
  }
  return undefined;
}

/** Address of the first block that is not what it should be. */
async function verify(
  bootloader: Stm32Bootloader,
  talk: Talk,
  blocks: readonly Block[],
  say: Say,
): Promise<number | undefined> {
  for (const [i, { address, bytes }] of blocks.entries()) {
    say('verify', i * BLOCK);
    let good = false;
    // What is read may be wrong on its way as well.
    for (let look = 0; look < TRIES && !good; look++)
      good = equal(await talk.tried(() => bootloader.read(address)), bytes);
    if (!good) return address;
  }
  return undefined;
}

/** The image is verified; a chip that runs it cannot be asked whether it does. */
async function start(bootloader: Stm32Bootloader, entry: number): Promise<boolean> {
  try {
    await bootloader.go(entry);
    return true;
  } catch (error) {
    if (!(error instanceof ExchangeFault)) throw error;
  }
  try {
    await bootloader.resync('go', 3000);
    await bootloader.go(entry);
    return true;
  } catch (error) {
    if (error instanceof ExchangeFault) return false;
    throw error;
  }
}
