import { FLASH_START } from '../../src/stm32/chips';
import type { Fault } from './faults';
import { FaultyDevice, type Firmware } from './faulty-device';
import type { Pty } from './pty';

const ACK = 0x79;
const NACK = 0x1f;
const xor = (bytes: readonly number[]): number => bytes.reduce((sum, b) => sum ^ b, 0);

export interface Stm32Options {
  readonly id: number;
  readonly pageBytes: number;
  readonly pages: number;
  readonly version?: number;
  /** Only the erase of old bootloaders. */
  readonly plainErase?: boolean;
  /** Refuses to read and write. */
  readonly protected?: boolean;
  readonly fault?: Fault | undefined;
  /** Bytes that flip for good after so many writes. */
  readonly worn?: boolean;
}

/** STM32's bootloader as AN3155 describes it, with flash that only an erase sets to ones. */
export class Stm32Device extends FaultyDevice {
  readonly memory: Uint8Array;
  started: number | undefined;

  constructor(
    pty: Pty,
    private readonly options: Stm32Options,
  ) {
    super(pty, options.fault);
    // What stood there before: pages the image does not need keep it.
    this.memory = new Uint8Array(options.pages * options.pageBytes).fill(0x5a);
  }

  /** Starts the program at an address. */
  protected run(address: number): void {
    this.started = address;
  }

  protected refusal(): Uint8Array {
    return Uint8Array.of(NACK);
  }

  protected *boot(): Firmware {
    this.enter('sync');
    while ((yield) !== 0x7f);
    if (this.say(ACK)) return yield* this.boot();
    for (;;) {
      this.enter('command');
      const code = yield;
      const complement = yield;
      if ((code ^ complement) !== 0xff) this.say(NACK);
      else yield* this.command(code);
    }
  }

  private *command(code: number): Firmware {
    const { plainErase, id, version = 0x31 } = this.options;
    const erase = plainErase ? 0x43 : 0x44;
    const known = [0x00, 0x01, 0x02, 0x11, 0x21, 0x31, erase, 0x63, 0x73, 0x82, 0x92];
    switch (code) {
      case 0x00:
        this.enter('get');
        return void this.say(ACK, known.length, version, ...known, ACK);
      case 0x02:
        this.enter('get id');
        return void this.say(ACK, 1, id >> 8, id & 255, ACK);
      case 0x11:
        return yield* this.read();
      case 0x31:
        return yield* this.write();
      case 0x21:
        return yield* this.go();
      case erase:
        return yield* plainErase ? this.plainErase() : this.extendedErase();
      default:
        return void this.say(NACK);
    }
  }

  private *bytes(count: number): Generator<undefined, number[], number> {
    const bytes: number[] = [];
    while (bytes.length < count) bytes.push(yield);
    return bytes;
  }

  /** Offset into the flash; undefined when it was refused. */
  private *address(step: string): Generator<undefined, number | undefined, number> {
    this.enter(`${step} address`);
    const bytes = yield* this.bytes(5);
    const offset = bytes.slice(0, 4).reduce((sum, b) => sum * 256 + b, 0) - FLASH_START;
    if (xor(bytes) !== 0 || offset < 0 || offset >= this.memory.length) {
      this.say(NACK);
      return undefined;
    }
    return this.say(ACK) ? undefined : offset;
  }

  private *read(): Firmware {
    this.enter('read');
    if (this.options.protected) return void this.say(NACK);
    if (this.say(ACK)) return;
    const at = yield* this.address('read');
    if (at === undefined) return;
    this.enter('read count');
    const [count = 0, complement = 0] = yield* this.bytes(2);
    if ((count ^ complement) !== 0xff) return void this.say(NACK);
    if (this.say(ACK)) return;
    this.enter('read data');
    this.say(...this.memory.subarray(at, at + count + 1));
  }

  private *write(): Firmware {
    this.enter('write');
    if (this.options.protected) return void this.say(NACK);
    if (this.say(ACK)) return;
    const at = yield* this.address('write');
    if (at === undefined) return;
    this.enter('write data');
    const count = yield;
    const data = yield* this.bytes(count + 2);
    if ((xor(data) ^ count) !== 0) return void this.say(NACK);
    for (let i = 0; i <= count; i++) this.memory[at + i] = (this.memory[at + i] ?? 0) & (data[i] ?? 0);
    if (this.options.worn) this.memory[at] = 0;
    this.say(ACK);
  }

  private erasePages(pages: readonly number[]): void {
    const { pageBytes } = this.options;
    for (const page of pages) this.memory.fill(0xff, page * pageBytes, (page + 1) * pageBytes);
  }

  private *extendedErase(): Firmware {
    this.enter('erase');
    if (this.say(ACK)) return;
    this.enter('erase pages');
    const [high = 0, low = 0] = yield* this.bytes(2);
    const count = 256 * high + low;
    const rest = yield* this.bytes(count >= 0xfffd ? 1 : 2 * (count + 1) + 1);
    if (xor([high, low, ...rest]) !== 0) return void this.say(NACK);
    if (count >= 0xfffd) this.memory.fill(0xff);
    else
      this.erasePages(
        Array.from({ length: count + 1 }, (_, i) => 256 * (rest[2 * i] ?? 0) + (rest[2 * i + 1] ?? 0)),
      );
    this.say(ACK);
  }

  private *plainErase(): Firmware {
    this.enter('erase');
    if (this.say(ACK)) return;
    this.enter('erase pages');
    const count = yield;
    const rest = yield* this.bytes(count === 0xff ? 1 : count + 2);
    if (count === 0xff ? rest[0] !== 0 : xor([count, ...rest]) !== 0) return void this.say(NACK);
    if (count === 0xff) this.memory.fill(0xff);
    else this.erasePages(rest.slice(0, -1));
    this.say(ACK);
  }

  private *go(): Firmware {
    this.enter('go');
    if (this.say(ACK)) return;
    const at = yield* this.address('go');
    if (at === undefined) return;
    this.run(FLASH_START + at);
    // The program runs now, and has nothing to say to a loader.
    for (;;) yield;
  }
}
