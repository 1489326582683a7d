/** Bytes to and from a device. */
export interface Transport {
  /** For messages, e.g. the port's path. */
  readonly name: string;
  /** Resolves when the bytes are handed to the system. @throws OPQ0806, OPQ0807, OPQ0819 */
  write(bytes: Uint8Array): Promise<void>;
  /** The listener gets every byte from now on; it replaces an earlier one. Bytes that came before it are kept for it. */
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Called once when the other side is gone. */
  onClose(listener: (reason: Error) => void): void;
  /** Ends the connection; never throws, and may be called twice. */
  close(): Promise<void>;
}

/** How a serial line is set: eight data bits, one stop bit, no flow control. */
export interface LineSettings {
  /** Bits in a second. */
  readonly baudRate: number;
  /** None unless given. */
  readonly parity?: 'none' | 'even' | undefined;
}

/** Modem lines and break; true is asserted. What is left out stays as it is. */
export interface LineSignals {
  /** Data terminal ready. */
  readonly dtr?: boolean;
  /** Request to send. */
  readonly rts?: boolean;
  /** The line held low. */
  readonly break?: boolean;
}

/** A transport that ends at a serial line. */
export interface SerialLine extends Transport {
  /** Changes the rate of an open line. @throws OPQ0806 where the line cannot do it */
  setBaudRate(baudRate: number): Promise<void>;
  /** False where the line has no such wires (a pseudo-terminal, a plain TCP socket): then nothing was done. */
  setSignals(signals: LineSignals): Promise<boolean>;
}

/** Keeps what arrives until somebody listens, and says once that the other side is gone. */
export class Mailbox {
  private listener: ((bytes: Uint8Array) => void) | undefined;
  private waiting: Uint8Array[] = [];
  private closed: ((reason: Error) => void) | undefined;
  private reason: Error | undefined;

  receive(bytes: Uint8Array): void {
    if (this.listener === undefined) this.waiting.push(bytes);
    else this.listener(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener;
    const { waiting } = this;
    this.waiting = [];
    waiting.forEach(listener);
  }

  lose(reason: Error): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.closed?.(reason);
  }

  onClose(listener: (reason: Error) => void): void {
    this.closed = listener;
    if (this.reason !== undefined) listener(this.reason);
  }
}
