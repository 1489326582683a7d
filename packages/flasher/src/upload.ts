import { flasherErrors } from '@opq/errors';
import { crc32 } from './crc32';
import { ABANDON, frameAnswer, uploadFrame, type FrameAnswer } from './frames';
import type { LineReader } from './line-reader';
import { Pace } from './pace';
import type { Transport } from './transport';

/** A line to a device, and what reads from it. */
export interface Line {
  readonly transport: Transport;
  readonly reader: LineReader;
}

/** What an upload took. */
export interface UploadReport {
  /** Bytes that the device has now, the payload alone. */
  readonly bytes: number;
  /** Bytes written to the line, with frames and repetitions. */
  readonly sentBytes: number;
  /** Frames written, repetitions counted. */
  readonly frames: number;
  /** Frames that were sent again. */
  readonly resent: number;
}

/** A device that says nothing for so long is gone. */
const SECONDS = 10;
const FAILURES = 64;
const ATTEMPTS = 8;
const CLEAR = Uint8Array.of(0);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Ends an upload that an earlier owner of the line may have left open, and clears a half command; harmless otherwise. */
export async function abandonUpload({ transport }: Line): Promise<void> {
  await transport.write(Uint8Array.of(0, ...uploadFrame(ABANDON), 0));
}

/**
 * Sends bytes by `command` (`x-load`, `x-line`): docs/reference/serial-protocol.md. Bytes that are lost or damaged on the way, in
 * either direction, are sent again until the device has the sum of all of them.
 * @throws OPQ0808 when the device goes silent, OPQ0812 when nothing gets through, OPQ0813 when it wants another number of bytes
 */
export async function upload(line: Line, command: string, bytes: Uint8Array): Promise<UploadReport> {
  const asked = `${command} ${bytes.length}`;
  try {
    const capacity = await begin(line, asked, bytes.length);
    const report = await sendAll(line, asked, bytes, capacity);
    await finish(line, asked, bytes);
    return report;
  } catch (error) {
    // Whoever comes next finds the device ready for commands.
    await recover(line).catch(() => undefined);
    throw error;
  }
}

/** Abandons an upload and waits until the device has said so, or had the time to. */
async function recover(line: Line): Promise<void> {
  line.reader.clear();
  await abandonUpload(line);
  const until = Date.now() + 300;
  for (let text = await line.reader.line(until); text !== undefined && text !== 'm-ready'; )
    text = await line.reader.line(until);
}

/** Sends the command until the device takes frames. Gives how many bytes it can hold unread. */
async function begin(line: Line, asked: string, total: number): Promise<number> {
  const { transport, reader } = line;
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    reader.clear();
    await transport.write(Uint8Array.of(0, ...utf8(`${asked}%`)));
    const until = Date.now() + Math.min(250 * 2 ** attempt, 2000);
    let takes: string | undefined;
    for (let text = await reader.line(until); text !== undefined; text = await reader.line(until)) {
      const ready = /x-load-ready-(\d{1,10})-(\d{1,10})$/.exec(text);
      if (ready !== null && Number(ready[1]) === total) return Number(ready[2]);
      takes ??= /^e-\[The model takes (\d{1,10}) bytes\]$/.exec(text)?.[1];
      // Refused, or misread.
      if (text === 'm-ready') break;
      last = text;
    }
    if (takes !== undefined && Number(takes) !== total)
      throw flasherErrors.wrongInput(transport.name, total, Number(takes));
    // It may be waiting for frames, its answer having been lost.
    reader.clear();
    await transport.write(Uint8Array.of(0, ...uploadFrame(0), 0));
    const answer = await nextAnswer(reader, Date.now() + 300);
    if (answer === undefined || answer === 'garbled') continue;
    if (attempt >= ATTEMPTS / 2) return 0;
    // How much it can hold is worth asking once more.
    await abandonUpload(line);
  }
  if (last === '') throw flasherErrors.noAnswer(transport.name, asked, SECONDS, '');
  throw flasherErrors.unexpectedAnswer(transport.name, asked, 'x-load-ready', [last]);
}

/** The next answer; `garbled` when it was damaged on its way, undefined when none came in time. */
async function nextAnswer(reader: LineReader, until: number): Promise<FrameAnswer | 'garbled' | undefined> {
  for (;;) {
    const bytes = await reader.until(0, until);
    if (bytes === undefined) return undefined;
    if (bytes.length > 0) return frameAnswer(bytes) ?? 'garbled';
  }
}

async function sendAll(
  line: Line,
  asked: string,
  bytes: Uint8Array,
  capacity: number,
): Promise<UploadReport> {
  const { transport, reader } = line;
  const pace = new Pace(capacity);
  let done = 0;
  let sent = 0;
  let farthest = 0;
  let heard = Date.now();
  let since = Date.now();
  /** Frames that were not answered yet, as far as can be told. */
  let unanswered = 0;
  const counts = { sentBytes: 0, frames: 0, resent: 0 };

  const send = async (): Promise<void> => {
    const payload = bytes.subarray(sent, sent + pace.payload);
    // On a bad line the end is sent twice: without it a frame would only be noticed by its silence.
    const frame = pace.isCalm ? uploadFrame(sent, payload) : Uint8Array.of(...uploadFrame(sent, payload), 0);
    unanswered++;
    counts.frames++;
    counts.sentBytes += frame.length;
    if (sent < farthest) counts.resent++;
    sent += payload.length;
    farthest = Math.max(farthest, sent);
    since = Date.now();
    await transport.write(frame);
  };

  /** Starts again at what is missing. What followed a lost frame was refused too; one loss must not do so twice, so that it waits for those answers. */
  let back = false;

  while (done < bytes.length) {
    if (pace.failures > FAILURES) throw flasherErrors.nothingArrives(transport.name, done, FAILURES);
    if (back && unanswered <= 0) {
      back = false;
      sent = done;
    }
    const rest = (): number => Math.min(pace.payload, bytes.length - sent);
    while (!back && sent < bytes.length && pace.mayAdd(sent - done, rest())) await send();

    const answer = await nextAnswer(reader, Date.now() + pace.patience);
    if (answer === undefined) {
      if (Date.now() - heard > SECONDS * 1000)
        throw flasherErrors.noAnswer(transport.name, asked, SECONDS, `byte ${done}`);
      pace.silent();
      unanswered = 0;
      back = true;
      // Ends what the device may still be waiting for.
      await transport.write(CLEAR);
      continue;
    }
    unanswered = Math.max(0, unanswered - 1);
    if (answer === 'garbled') {
      // The next answer tells as much; without one, a frame that had been taken is answered with what is there by now.
      pace.failed();
      back = true;
      continue;
    }
    heard = Date.now();
    if (answer.done > bytes.length)
      throw flasherErrors.unexpectedAnswer(transport.name, asked, `at most ${bytes.length}`, [
        `${answer.done}`,
      ]);
    if (answer.done > done) {
      pace.arrived(Date.now() - since);
      done = answer.done;
      sent = Math.max(sent, done);
      back = false;
    } else if (answer.state === 'damaged' || answer.state === 'ahead') {
      if (!back) pace.failed();
      back = true;
    }
  }
  return { bytes: bytes.length, ...counts };
}

/** Ends the upload and makes sure that the device has the sum of what was sent. */
async function finish({ transport, reader }: Line, asked: string, bytes: Uint8Array): Promise<void> {
  const sum = crc32(bytes).toString(16).padStart(8, '0');
  const close = Uint8Array.of(0, ...uploadFrame(bytes.length));
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // By the second time it may have ended, its answer having been lost: then it is asked.
    const question = attempt === 0 ? close : Uint8Array.of(...close, 0, ...utf8('x-loaded%'));
    await transport.write(question);
    const until = Date.now() + Math.min(250 * 2 ** attempt, 2000);
    let found: string | undefined;
    for (let text = await reader.line(until); text !== undefined; text = await reader.line(until)) {
      if (text === 'm-ready' && found !== undefined) {
        if (attempt > 0) await reader.quiet(100, Date.now() + 2000);
        return;
      }
      const told =
        /x-load-done-([0-9a-f]{8})$/.exec(text)?.[1] ??
        new RegExp(`x-loaded-${bytes.length}-([0-9a-f]{8})$`).exec(text)?.[1];
      if (told === sum) found = told;
      last = text;
    }
    if (found !== undefined) return;
  }
  if (last === '') throw flasherErrors.noAnswer(transport.name, asked, SECONDS, '');
  throw flasherErrors.unexpectedAnswer(transport.name, asked, `checksum ${sum}`, [last]);
}
