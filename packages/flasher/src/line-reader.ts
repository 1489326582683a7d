import { flasherErrors } from '@opq/errors';
import type { Transport } from './transport';

/** Reads lines and bytes from a transport, each wait with a limit. One reader per transport; one wait at a time. */
export class LineReader {
  private bytes = new Uint8Array();
  private wake: (() => void) | undefined;
  private lost: Error | undefined;
  private readonly onAbort = (): void => this.wake?.();

  constructor(
    private readonly transport: Transport,
    private readonly signal: AbortSignal | undefined,
  ) {
    transport.onData((chunk) => {
      const joined = new Uint8Array(this.bytes.length + chunk.length);
      joined.set(this.bytes);
      joined.set(chunk, this.bytes.length);
      this.bytes = joined;
      this.wake?.();
    });
    transport.onClose((reason) => {
      this.lost = reason;
      this.wake?.();
    });
    signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Lets go of the signal, which may outlive many devices. */
  close(): void {
    this.signal?.removeEventListener('abort', this.onAbort);
  }

  /** Forgets everything received so far. */
  clear(): void {
    this.bytes = new Uint8Array();
  }

  /** The next line without its end; undefined when none came in time. @throws OPQ0807, OPQ0814 */
  async line(until: number): Promise<string | undefined> {
    for (;;) {
      const end = this.bytes.indexOf(10);
      if (end >= 0) {
        const text = new TextDecoder('latin1').decode(this.bytes.subarray(0, end));
        this.bytes = this.bytes.slice(end + 1);
        return text.replace(/\r$/, '');
      }
      if (!(await this.more(until))) return undefined;
    }
  }

  /** The bytes before the next `end`, which is taken as well; undefined when none came in time. */
  async until(end: number, until: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const at = this.bytes.indexOf(end);
      if (at >= 0) {
        const bytes = this.bytes.slice(0, at);
        this.bytes = this.bytes.slice(at + 1);
        return bytes;
      }
      if (!(await this.more(until))) return undefined;
    }
  }

  /** The next byte; undefined when none came in time. */
  async byte(until: number): Promise<number | undefined> {
    while (this.bytes.length === 0) if (!(await this.more(until))) return undefined;
    const [first] = this.bytes;
    this.bytes = this.bytes.slice(1);
    return first;
  }

  /** Exactly so many bytes; undefined, and nothing is taken, when they did not come in time. */
  async read(count: number, until: number): Promise<Uint8Array | undefined> {
    while (this.bytes.length < count) if (!(await this.more(until))) return undefined;
    const bytes = this.bytes.slice(0, count);
    this.bytes = this.bytes.slice(count);
    return bytes;
  }

  /** Waits until nothing has come for so long, or the time is over, and forgets what came. */
  async quiet(milliseconds: number, until: number): Promise<void> {
    do this.clear();
    while (await this.more(Math.min(until, Date.now() + milliseconds)));
  }

  private async more(until: number): Promise<boolean> {
    const had = this.bytes.length;
    if (this.signal?.aborted) throw flasherErrors.stopped();
    if (this.lost !== undefined) throw this.lost;
    if (Date.now() >= until) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, until - Date.now());
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
    return this.bytes.length > had || this.more(until);
  }
}
