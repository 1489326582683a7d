import { flasherErrors } from '@opq/errors';
import { LineReader } from '../line-reader';
import type { SerialLine } from '../transport';

/** Milliseconds; a board on a slow line needs no more. */
export interface Stm32Times {
  /** For any answer but that to an erase. */
  readonly answer: number;
  /** For an erase: 128 kB take up to 4 s, the whole of a large chip up to 40 s. */
  readonly erase: number;
  /** For coming into step again (65 kB may have to be sent), and for finding the bootloader at all. */
  readonly resync: number;
}

/** One exchange failed; what to do about it is the caller's matter. */
export class ExchangeFault extends Error {
  constructor(
    readonly kind: 'silent' | 'refused' | 'garbled',
    readonly step: string,
  ) {
    super(`${step}: ${kind}`);
  }
}

const ACK = 0x79;
const NACK = 0x1f;
/** Starts the detection of the baud rate; afterwards it is no command, and no command's complement. */
const SYNC = 0x7f;
const COMMAND = {
  get: 0x00,
  getId: 0x02,
  read: 0x11,
  go: 0x21,
  write: 0x31,
  erase: 0x43,
  extendedErase: 0x44,
};
export const BLOCK = 256;

const xor = (bytes: readonly number[]): number => bytes.reduce((sum, byte) => sum ^ byte, 0);
const big = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
const withSum = (bytes: readonly number[]): Uint8Array => Uint8Array.from([...bytes, xor(bytes)]);

/** The bootloader in the system memory of STM32, over USART, by ST's AN3155. Each member is one exchange. */
export class Stm32Bootloader {
  private readonly reader: LineReader;
  /** What was sent last: the bootloader may still wait for a part of it. */
  private last: Uint8Array = new Uint8Array();
  private extendedErase = true;

  constructor(
    private readonly line: SerialLine,
    private readonly times: Stm32Times,
    private readonly signal: AbortSignal,
  ) {
    this.reader = new LineReader(line, signal);
  }

  close(): void {
    this.reader.close();
  }

  private async send(bytes: Uint8Array): Promise<void> {
    this.last = bytes;
    await this.within(this.line.write(bytes));
  }

  /** No write holds for longer than an answer may take, and none outlives a request to stop. */
  private async within(work: Promise<void>): Promise<void> {
    let [timer, abort]: [NodeJS.Timeout | undefined, () => void] = [undefined, () => undefined];
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ExchangeFault('silent', 'writing')), this.times.answer + 1000);
      abort = () => reject(flasherErrors.stopped());
      this.signal.addEventListener('abort', abort, { once: true });
    });
    try {
      await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', abort);
      work.catch(() => undefined);
    }
  }

  private async receive(count: number, step: string, time = this.times.answer): Promise<Uint8Array> {
    const bytes = await this.reader.read(count, Date.now() + time);
    if (bytes === undefined) throw new ExchangeFault('silent', step);
    return bytes;
  }

  private async acknowledged(step: string, time?: number): Promise<void> {
    const [byte] = await this.receive(1, step, time);
    if (byte !== ACK) throw new ExchangeFault(byte === NACK ? 'refused' : 'garbled', step);
  }

  private async command(code: number, step: string): Promise<void> {
    this.reader.clear();
    await this.send(Uint8Array.of(code, code ^ 0xff));
    await this.acknowledged(step);
  }

  private async address(address: number, step: string): Promise<void> {
    await this.send(withSum(big(address, 4)));
    await this.acknowledged(`${step}, address`);
  }

  /** Version and commands the bootloader knows. */
  async get(): Promise<readonly number[]> {
    await this.command(COMMAND.get, 'get');
    const [count = 0] = await this.receive(1, 'get');
    if (count > 20) throw new ExchangeFault('garbled', 'get');
    const list = await this.receive(count + 1, 'get');
    await this.acknowledged('get');
    if (!list.includes(COMMAND.write, 1)) throw new ExchangeFault('garbled', 'get');
    this.extendedErase = list.includes(COMMAND.extendedErase, 1);
    if (!this.extendedErase && !list.includes(COMMAND.erase, 1)) throw new ExchangeFault('garbled', 'get');
    return [...list];
  }

  /** The chip's product id. */
  async getId(): Promise<number> {
    await this.command(COMMAND.getId, 'get id');
    const [count = 0] = await this.receive(1, 'get id');
    if (count !== 1) throw new ExchangeFault('garbled', 'get id');
    const [high = 0, low = 0] = await this.receive(2, 'get id');
    await this.acknowledged('get id');
    return 256 * high + low;
  }

  /** Erases pages by their number, or the whole flash. */
  async erase(pages: readonly number[] | 'all'): Promise<void> {
    const extended = this.extendedErase;
    const width = extended ? 2 : 1;
    await this.command(extended ? COMMAND.extendedErase : COMMAND.erase, 'erase');
    const list =
      pages === 'all'
        ? big(256 ** width - 1, width)
        : [...big(pages.length - 1, width), ...pages.flatMap((page) => big(page, width))];
    // The plain erase of everything is one byte and its complement.
    await this.send(pages === 'all' && !extended ? Uint8Array.of(0xff, 0x00) : withSum(list));
    await this.acknowledged('erase, pages', this.times.erase);
  }

  /** @param bytes 256 of them */
  async write(address: number, bytes: Uint8Array): Promise<void> {
    await this.command(COMMAND.write, 'write');
    await this.address(address, 'write');
    await this.send(withSum([bytes.length - 1, ...bytes]));
    await this.acknowledged('write, data');
  }

  /** 256 bytes. */
  async read(address: number): Promise<Uint8Array> {
    await this.command(COMMAND.read, 'read');
    await this.address(address, 'read');
    await this.send(Uint8Array.of(BLOCK - 1, (BLOCK - 1) ^ 0xff));
    await this.acknowledged('read, count');
    return this.receive(BLOCK, 'read, data');
  }

  async go(address: number): Promise<void> {
    await this.command(COMMAND.go, 'go');
    await this.address(address, 'go');
  }

  /**
   * Brings both sides into step, whatever the bootloader waits for: the rest of a message, the second byte of a command, or,
   * after a reset, the byte that starts it. Feeds it bytes until it answers, then asks it for its commands.
   * @param time milliseconds
   * @throws ExchangeFault silent
   */
  async resync(step: string, time = this.times.resync): Promise<void> {
    const until = Date.now() + time;
    const short = Math.max(20, this.times.answer / 4);
    const filler = this.filler();
    for (let round = 0; Date.now() < until; round++) {
      await this.reader.quiet(short, until);
      // First byte by byte; then more and more: an erase that mistook these bytes for its count of pages takes 65 kB of them.
      const byte = round === 0 || round % 2 === 1 ? filler : SYNC;
      // Odd counts, so that what began between the two bytes of a command does not stay there.
      if (round < 4) {
        await this.within(this.line.write(Uint8Array.of(byte)));
        if ((await this.reader.byte(Math.min(until, Date.now() + short))) === undefined)
          await this.within(this.line.write(Uint8Array.of(byte)));
      } else
        await this.within(this.line.write(new Uint8Array((BLOCK << Math.min(5, round - 3)) + 1).fill(byte)));
      await this.reader.quiet(short, until);
      try {
        await this.get();
        return;
      } catch (error) {
        if (!(error instanceof ExchangeFault)) throw error;
      }
    }
    throw new ExchangeFault('silent', step);
  }

  /**
   * A message that lacks one byte is completed by that byte's value, with all others moved: addresses and pages must not
   * be accepted so. A byte that the message does not hold cannot complete it.
   */
  private filler(): number {
    return [SYNC, 0xff, 0x55, 0xaa].find((byte) => !this.last.includes(byte)) ?? SYNC;
  }
}
