import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { Fault } from './faults';
import { FaultyDevice, type Firmware } from './faulty-device';
import type { Pty } from './pty';

const END = 0xc0;
const ESC = 0xdb;
const slip = (bytes: readonly number[]): number[] => [
  END,
  ...bytes.flatMap((b) => (b === END ? [ESC, 0xdc] : b === ESC ? [ESC, 0xdd] : [b])),
  END,
];
const word = (bytes: readonly number[], at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;
const little = (value: number): number[] => [
  value & 255,
  (value >>> 8) & 255,
  (value >>> 16) & 255,
  value >>> 24,
];

/** Commands by their number, as Espressif's serial protocol names them. */
const NAMES: Readonly<Record<number, string>> = {
  0x02: 'FLASH_BEGIN', 0x03: 'FLASH_DATA', 0x04: 'FLASH_END', 0x05: 'MEM_BEGIN', 0x06: 'MEM_END', 0x07: 'MEM_DATA', 0x08: 'SYNC',
  0x09: 'WRITE_REG', 0x0a: 'READ_REG', 0x0d: 'SPI_ATTACH', 0x0f: 'CHANGE_BAUDRATE', 0x10: 'FLASH_DEFL_BEGIN', 0x11: 'FLASH_DEFL_DATA',
  0x12: 'FLASH_DEFL_END', 0x13: 'SPI_FLASH_MD5', 0x14: 'GET_SECURITY_INFO',
}; // prettier-ignore

export interface EspDeviceOptions {
  readonly fault?: Fault | undefined;
  /** Number of the chip; 5 is ESP32-C3. */
  readonly chip?: number;
  /** Bits of flash that stay as they were. */
  readonly worn?: boolean;
}

/** The loader in an ESP32-C3's ROM; what is uploaded to RAM and started counts as Espressif's stub, which says OHAI. */
export class EspDevice extends FaultyDevice {
  readonly memory = new Uint8Array(1 << 20).fill(0x5a);
  private stub = false;
  private compressed: number[] = [];
  private begin = { offset: 0, size: 0, next: 0 };

  constructor(
    pty: Pty,
    private readonly options: EspDeviceOptions = {},
  ) {
    super(pty, options.fault);
  }

  private op = 0;
  protected refusal(): Uint8Array {
    return Uint8Array.from(slip([1, this.op, 2, 0, 0, 0, 0, 0, 1, 7]));
  }

  protected *boot(): Firmware {
    this.stub = false;
    this.compressed = [];
    for (;;) {
      const packet = yield* this.packet();
      if (packet.length < 8 || packet[0] !== 0) continue;
      const [, op = 0, low = 0, high = 0] = packet;
      const data = packet.slice(8);
      // A packet of another length was damaged on its way; the loader does not answer it.
      if (data.length !== low + 256 * high) continue;
      this.op = op;
      this.enter(NAMES[op] ?? `0x${op.toString(16)}`);
      this.answer(op, data, word(packet, 4));
    }
  }

  /** The next frame, with escapes undone. */
  private *packet(): Generator<undefined, number[], number> {
    const bytes: number[] = [];
    while ((yield) !== END);
    for (let byte = yield; ; byte = yield) {
      if (byte === END && bytes.length === 0) continue;
      if (byte === END) return bytes;
      if (byte === ESC) bytes.push((yield) === 0xdc ? END : ESC);
      else bytes.push(byte);
    }
  }

  private reply(op: number, value = 0, data: readonly number[] = [], error = 0): boolean {
    // The ROM ends its answers with two bytes more than the stub does.
    const status = [error === 0 ? 0 : 1, error, ...(this.stub ? [] : [0, 0])];
    const length = data.length + status.length;
    return this.say(...slip([1, op, length & 255, length >> 8, ...little(value), ...data, ...status]));
  }

  private checked(data: readonly number[], sum: number): readonly number[] | undefined {
    const payload = data.slice(16);
    return payload.length === word(data, 0) && payload.reduce((x, b) => x ^ b, 0xef) === sum
      ? payload
      : undefined;
  }

  private answer(op: number, data: readonly number[], sum: number): void {
    switch (NAMES[op]) {
      case 'SYNC':
        for (let i = 0; i < 8; i++) if (this.reply(op, this.stub ? 0 : 0x20120707)) return;
        return;
      case 'GET_SECURITY_INFO':
        return void this.reply(op, 0, [
          ...little(0),
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          ...little(this.options.chip ?? 5),
          ...little(0),
        ]);
      case 'MEM_DATA':
        return void this.reply(op, 0, [], this.checked(data, sum) === undefined ? 7 : 0);
      case 'MEM_END':
        if (this.reply(op)) return;
        this.stub = true;
        this.enter('stub');
        return void this.say(...slip([...'OHAI'].map((c) => c.charCodeAt(0))));
      case 'FLASH_DEFL_BEGIN':
        this.begin = { offset: word(data, 12), size: word(data, 0), next: 0 };
        this.compressed = [];
        this.memory.fill(
          0xff,
          this.begin.offset,
          this.begin.offset + Math.ceil(this.begin.size / 4096) * 4096,
        );
        return void this.reply(op);
      case 'FLASH_DEFL_DATA': {
        const payload = this.checked(data, sum);
        const sequence = word(data, 4);
        if (payload === undefined) return void this.reply(op, 0, [], 0xc1);
        // A block whose answer was lost comes again.
        if (sequence === this.begin.next) {
          this.compressed.push(...payload);
          this.begin.next++;
          this.write();
        } else if (sequence !== this.begin.next - 1) return void this.reply(op, 0, [], 0xc3);
        return void this.reply(op);
      }
      case 'SPI_FLASH_MD5': {
        const [address, size] = [word(data, 0), word(data, 4)];
        const md5 = createHash('md5')
          .update(this.memory.subarray(address, address + size))
          .digest();
        return void this.reply(
          op,
          0,
          this.stub ? [...md5] : [...md5.toString('hex')].map((c) => c.charCodeAt(0)),
        );
      }
      case 'READ_REG':
        return void this.reply(op, 0);
      case undefined:
        return void this.reply(op, 0, [], 5);
      default:
        return void this.reply(op);
    }
  }

  /** As much as is there already is written, as the stub does it. */
  private write(): void {
    try {
      const image = inflateSync(Uint8Array.from(this.compressed));
      this.memory.set(image.subarray(0, this.begin.size), this.begin.offset);
      if (this.options.worn) this.memory[this.begin.offset] = 0x11;
    } catch {
      // More is to come.
    }
  }
}
