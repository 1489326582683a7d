import { Mailbox } from '@opq/flasher';
import { Simulator, type Logger, type RP2040 } from 'rp2040js';
import { start, writeUf2 } from './boot-rom';

/** Instructions before other work of the process has its turn: about ten milliseconds. */
const SLICE = 250_000;
/** Instructions between looks at whether the UART takes more bytes; a power of two. */
const LOOK = 1024;
/** How long a chip that waits for an interrupt is left alone, in milliseconds: its own time goes on as well. */
const NAP = 2;
/** Bit of the UART's flags: its queue takes no more. */
const QUEUE_FULL = 1 << 6;

/** rp2040js tells what a chip would fault on (an address that is not aligned) as an error, and what it does not model as a warning. */
const errorsTo = (report: (problem: string) => void): Logger => ({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (part, message) => report(`${part}: ${message}`),
});

/** The chip in this process, at UART0; each instruction lasts `nanoseconds` of its time, so that its timers count instructions. */
export class Board {
  readonly line = new Mailbox();
  private readonly clock: Simulator['clock'];
  private readonly chip: RP2040;
  private readonly uart: RP2040['uart'][number];
  private readonly incoming: number[] = [];
  private readonly outgoing: number[] = [];
  private turn: NodeJS.Immediate | undefined;
  private nap: NodeJS.Timeout | undefined;
  private running = false;

  /** @throws Error where the chip would not start from this file */
  constructor(
    uf2: Uint8Array,
    private readonly nanoseconds: number,
  ) {
    const { rp2040, clock } = new Simulator();
    const [uart] = rp2040.uart;
    // Its types do not say how many there are.
    if (uart === undefined) throw new Error('it has no UART0');
    [this.chip, this.clock, this.uart] = [rp2040, clock, uart];
    rp2040.logger = errorsTo((problem) => this.end(new Error(problem)));
    uart.onByte = (byte) => this.outgoing.push(byte);
    writeUf2(this.chip, uf2);
    start(this.chip);
  }

  run(): void {
    this.running = true;
    this.wake();
  }

  receive(bytes: Uint8Array): void {
    this.incoming.push(...bytes);
    if (this.running) this.wake();
  }

  /** Runs no instruction more. */
  end(reason: Error): void {
    this.running = false;
    clearImmediate(this.turn);
    clearTimeout(this.nap);
    this.line.lose(reason);
  }

  private wake(): void {
    clearTimeout(this.nap);
    clearImmediate(this.turn);
    this.turn = setImmediate(() => this.slice());
  }

  /** A byte is handed over when the queue has room: this line has no rate, and loses nothing. */
  private feed(): void {
    const { incoming, uart } = this;
    while (incoming.length > 0 && uart.enabled && (uart.flags & QUEUE_FULL) === 0)
      uart.feedByte(incoming.shift() ?? 0);
  }

  private slice(): void {
    const { clock } = this;
    const { core } = this.chip;
    for (let i = 0; i < SLICE && this.running; i++) {
      if (i % LOOK === 0 || core.waiting) this.feed();
      if (core.waiting) break;
      core.executeInstruction();
      clock.tick(this.nanoseconds);
    }
    if (this.outgoing.length > 0) this.line.receive(Uint8Array.from(this.outgoing.splice(0)));
    if (!this.running) return;
    if (!core.waiting) return this.wake();
    this.nap = setTimeout(() => {
      clock.tick(NAP * 1e6);
      this.slice();
    }, NAP);
  }
}
