import { crc32 } from './crc32';

/** Payload bytes that a frame may have. */
export const PAYLOAD_BYTES = 128;
/** What a frame takes on the line beside its payload: offset, checksum, one stuffed byte, its end. */
export const FRAME_OVERHEAD = 10;
/** Offset of the frame that ends an upload early. */
export const ABANDON = 0xffffffff;

/**
 * Consistent overhead byte stuffing (Cheshire and Baker, 1999): the same bytes without a 0, one more for each 254 begun. Every 0 is
 * left out, and a count before each run says how many bytes stand before it.
 */
export function stuff(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let run: number[] = [];
  const end = (): void => {
    out.push(run.length + 1, ...run);
    run = [];
  };
  for (const byte of bytes) {
    if (byte === 0) end();
    else if (run.push(byte) === 254) end();
  }
  end();
  return Uint8Array.from(out);
}

/** Undoes `stuff`; undefined for bytes it never makes. */
export function unstuff(bytes: Uint8Array): Uint8Array | undefined {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const count = bytes[at] ?? 0;
    const run = bytes.subarray(at + 1, at + count);
    if (count === 0 || run.length !== count - 1 || run.includes(0)) return undefined;
    out.push(...run);
    at += count;
    if (count !== 255 && at < bytes.length) out.push(0);
  }
  return bytes.length === 0 ? undefined : Uint8Array.from(out);
}

/** Bytes with their CRC-32 (little-endian) after them, stuffed, and the 0 that ends them. */
function sealed(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes);
  new DataView(whole.buffer).setUint32(bytes.length, crc32(bytes), true);
  const stuffed = stuff(whole);
  const framed = new Uint8Array(stuffed.length + 1);
  framed.set(stuffed);
  return framed;
}

/** A frame of an upload: where its payload belongs, and the payload. Ends with 0 and has no other. */
export function uploadFrame(offset: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setUint32(0, offset, true);
  bytes.set(payload, 4);
  return sealed(bytes);
}

/** What the device says to a frame. */
export interface FrameAnswer {
  /** `taken`; `known`: it had all of it already; `ahead`: something before it is missing; `damaged`. */
  readonly state: 'taken' | 'known' | 'ahead' | 'damaged';
  /** Bytes that are there, from the first on. */
  readonly done: number;
}

const STATES: Readonly<Record<number, FrameAnswer['state']>> = {
  0x2b: 'taken',
  0x3d: 'known',
  0x3e: 'ahead',
  0x2d: 'damaged',
};

/** Reads an answer, without its end; undefined when it is none, or damaged. */
export function frameAnswer(stuffed: Uint8Array): FrameAnswer | undefined {
  const bytes = unstuff(stuffed);
  if (bytes?.length !== 9) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = STATES[view.getUint8(0)];
  if (state === undefined || view.getUint32(5, true) !== crc32(bytes.subarray(0, 5))) return undefined;
  return { state, done: view.getUint32(1, true) };
}
