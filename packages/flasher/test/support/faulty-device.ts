import type { Fault } from './faults';
import type { Pty } from './pty';

/** A device's firmware: asks for a byte with each `yield`, answers through `say`. */
export type Firmware = Generator<undefined, void, number>;

/** A device on a pseudo-terminal whose firmware is a generator, with at most one fault on the way. */
export abstract class FaultyDevice {
  private firmware: Firmware | undefined;
  private dead = false;
  private step = '';
  private visits = new Map<string, number>();
  /** Bytes of the message that belongs to the step. */
  private taken = 0;
  happened = false;
  /** Everything the device was asked, by step. */
  readonly said: string[] = [];

  constructor(
    private readonly pty: Pty,
    private readonly fault: Fault | undefined,
  ) {
    pty.onData((bytes) => bytes.forEach((byte) => this.feed(byte)));
  }

  /** What runs after power on. */
  protected abstract boot(): Firmware;
  /** An answer that says no. */
  protected abstract refusal(): Uint8Array;

  private here(...kinds: readonly Fault['kind'][]): boolean {
    const { fault } = this;
    return (
      !this.happened &&
      fault !== undefined &&
      kinds.includes(fault.kind) &&
      fault.step === this.step &&
      fault.visit === this.visits.get(this.step)
    );
  }

  /** Says which step the next bytes belong to. */
  protected enter(step: string): void {
    this.step = step;
    this.taken = 0;
    this.said.push(step);
    this.visits.set(step, (this.visits.get(step) ?? 0) + 1);
  }

  private start(): Firmware {
    const firmware = this.boot();
    firmware.next();
    return firmware;
  }

  private feed(byte: number): void {
    if (this.dead) return;
    this.firmware ??= this.start();
    let value = byte;
    if (this.here('byte to device lost', 'byte to device flipped') && this.taken++ === this.fault?.byte) {
      this.happened = true;
      if (this.fault.kind === 'byte to device lost') return;
      value ^= 0x24;
    }
    this.firmware.next(value);
  }

  /** True when the device is to stop what it does: it was reset, or says nothing any more. */
  protected say(...bytes: readonly number[]): boolean {
    if (this.dead) return true;
    if (this.here('silence', 'port vanishes', 'reset', 'refused')) {
      this.happened = true;
      if (this.fault?.kind === 'refused') {
        this.pty.write(this.refusal());
        return true;
      }
      if (this.fault?.kind === 'port vanishes') this.pty.vanish();
      if (this.fault?.kind === 'reset') this.firmware = undefined;
      else this.dead = true;
      return true;
    }
    const out = [...bytes];
    const at = this.fault?.byte === -1 ? out.length - 1 : (this.fault?.byte ?? 0);
    if (this.here('byte from device lost', 'byte from device flipped') && at < out.length) {
      this.happened = true;
      if (this.fault?.kind === 'byte from device lost') out.splice(at, 1);
      else out[at] = (out[at] ?? 0) ^ 0x24;
    }
    this.pty.write(Uint8Array.from(out));
    return false;
  }
}
