import { crc32 } from '@opq/ir';
import type { Transport } from '../src';
import { LineReader } from '../src/line-reader';
import { stuff, unstuff } from '../src/frames';
import { upload } from '../src/upload';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (value: number): string => value.toString(16).padStart(8, '0');

/**
 * A board that can hold so many unread bytes and is slow to read them, behind a line that is faster than any: what does not fit is
 * lost, as it is in a UART's buffer.
 */
function slowBoard(capacity: number, total: number, told = (sum: number): number => sum) {
  let unread: number[] = [];
  let lost = 0;
  let fullest = 0;
  let done = 0;
  let busy = false;
  let sum = 0;
  let uploading = false;
  let listener: (bytes: Uint8Array) => void = () => undefined;

  const answer = (state: string): void => {
    const bytes = new Uint8Array(9);
    const view = new DataView(bytes.buffer);
    bytes[0] = state.charCodeAt(0);
    view.setUint32(1, done, true);
    view.setUint32(5, crc32(bytes.subarray(0, 5)), true);
    listener(Uint8Array.of(...stuff(bytes), 0, 0));
  };
  const take = (frame: Uint8Array | undefined): void => {
    if (frame === undefined || crc32(frame.subarray(0, -4)) !== new DataView(frame.buffer, frame.byteOffset).getUint32(frame.length - 4, true)) return answer('-'); // prettier-ignore
    const offset = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
    const payload = frame.subarray(4, -4);
    if (done === total && offset === total) {
      uploading = false;
      return listener(utf8(`x-load-done-${hex(told(sum))}\r\nm-ready\r\n`));
    }
    if (offset !== done) return answer(offset > done ? '>' : '=');
    sum = crc32(payload, sum);
    done += payload.length;
    answer('+');
  };
  /** Reads one frame, then is busy with it for a while. */
  const read = (): void => {
    const end = unread.indexOf(0);
    if (busy || end < 0) return;
    const frame = unread.slice(0, end);
    unread = unread.slice(end + 1);
    busy = true;
    setTimeout(() => {
      busy = false;
      if (frame.length > 0) take(unstuff(Uint8Array.from(frame)));
      read();
    }, 2);
  };
  const transport: Transport = {
    name: 'slow',
    write: async (bytes) => {
      if (!uploading) {
        uploading = true;
        return listener(utf8(`x-load-ready-${total}-${capacity}\r\n`));
      }
      for (const byte of bytes) if (unread.length < capacity) unread.push(byte);
        else lost++; // prettier-ignore
      fullest = Math.max(fullest, unread.length);
      read();
    },
    onData: (next) => void (listener = next),
    onClose: () => undefined,
    close: async () => undefined,
  };
  return { transport, counts: () => ({ lost, fullest }) };
}

test.each([140, 300, 1024, 2048])(
  'a board that holds %d bytes never gets more than that ahead, however fast the line is',
  async (capacity) => {
    const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 31) >> 3);
    const board = slowBoard(capacity, bytes.length);
    const report = await upload({ transport: board.transport, reader: new LineReader(board.transport, undefined) }, 'x-line', bytes); // prettier-ignore
    expect(report.bytes).toBe(bytes.length);
    expect(board.counts().lost).toBe(0);
    // And the room is used: with two frames' worth of it, more than one frame is under way.
    if (capacity >= 300) expect(board.counts().fullest).toBeGreaterThan(capacity / 2 - 138);
  },
  60_000,
);

test('a board whose sum is another has not got the bytes, whatever it said to the frames', async () => {
  const bytes = Uint8Array.from({ length: 500 }, (_, i) => i);
  const { transport } = slowBoard(1024, bytes.length, (sum) => (sum ^ 1) >>> 0);
  const sent = upload({ transport, reader: new LineReader(transport, undefined) }, 'x-line', bytes);
  await expect(sent).rejects.toMatchObject({ code: 'OPQ0810', message: expect.stringContaining('checksum') });
}, 60_000);
