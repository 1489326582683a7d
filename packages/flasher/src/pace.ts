import { FRAME_OVERHEAD, PAYLOAD_BYTES } from './frames';

const SMALLEST = 16;
/** Frames in a row that must arrive before several are sent at once again. */
const CALM = 8;
/** Frames under way on a bad line: what follows a lost one is sent in vain. */
const FEW = 3;

/**
 * How much to send and how long to wait, from what became of the frames so far. On a clean line frames are as large as they may be
 * and as many are under way as the device can hold; where bytes are lost frames get smaller, and few are under way at once. Sizes grow by addition and shrink by multiplication, so that they settle where most frames arrive.
 */
export class Pace {
  private size = PAYLOAD_BYTES;
  private calm = CALM;
  private wait = 500;
  /** Frames that failed since one arrived. */
  failures = 0;

  /** @param capacity bytes that the device can hold unread */
  constructor(private readonly capacity: number) {}

  /** Payload bytes of the next frame. */
  get payload(): number {
    return this.size;
  }

  /** Whether nothing has been lost for some time. */
  get isCalm(): boolean {
    return this.calm >= CALM;
  }

  /** Whether another frame may be sent while so many payload bytes are unanswered. */
  mayAdd(unanswered: number, payload: number): boolean {
    if (unanswered === 0) return true;
    const frames = Math.ceil(unanswered / this.size) + 1;
    return (this.isCalm || frames <= FEW) && unanswered + payload + frames * FRAME_OVERHEAD <= this.capacity;
  }

  /** Milliseconds to wait for an answer. */
  get patience(): number {
    return this.wait;
  }

  /** @param milliseconds from sending a frame to its answer */
  arrived(milliseconds: number): void {
    this.failures = 0;
    this.calm++;
    this.size = Math.min(PAYLOAD_BYTES, this.size + (this.isCalm ? 8 : 1));
    this.wait = Math.max(50, Math.min(2000, 0.8 * this.wait + 0.2 * 8 * milliseconds));
  }

  failed(): void {
    this.failures++;
    this.calm = 0;
    this.size = Math.max(SMALLEST, Math.floor(0.75 * this.size));
  }

  silent(): void {
    this.failed();
    // Perhaps nothing was lost, and the board is slow.
    this.wait = Math.min(2000, 1.25 * this.wait);
  }
}
