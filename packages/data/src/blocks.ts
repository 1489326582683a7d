import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dataErrors, OpqError } from '@opq/errors';

/** Why the system would not read, in words without a path. */
export const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? 'there is no such file'
    : error instanceof Error
      ? error.message
      : 'unknown';

/** Bytes read block by block, so that a file larger than the memory works. */
export interface BlockFile {
  /** What messages call it. */
  readonly place: string;
  readonly bytes: number;
  /** A new array of its own. @throws OPQ0401 when the bytes are not there */
  read(offset: number, length: number): Uint8Array;
  /** Fills `into`. @throws OPQ0401 */
  readInto(into: Uint8Array, offset: number): void;
  close(): void;
}

function blockFile(
  place: string,
  bytes: number,
  fill: (into: Uint8Array, offset: number) => void,
  close: () => void,
): BlockFile {
  const readInto = (into: Uint8Array, offset: number): void => {
    if (offset < 0 || offset + into.length > bytes) throw dataErrors.cannotRead(place, 'it ends too early');
    fill(into, offset);
  };
  return {
    place,
    bytes,
    readInto,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > bytes)
        throw dataErrors.cannotRead(place, 'it ends too early');
      const block = new Uint8Array(length);
      readInto(block, offset);
      return block;
    },
    close,
  };
}

/** Opens a file; it stays open until `close`. @throws OPQ0401 */
export function openBlocks(path: string): BlockFile {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof OpqError) throw error;
      throw dataErrors.cannotRead(path, reason(error));
    }
  };
  const descriptor = guarded(() => {
    // Opening a pipe would wait for its other end.
    if (!statSync(path).isFile()) throw dataErrors.cannotRead(path, 'it is not a regular file');
    return openSync(path, 'r');
  });
  let open = true;
  const bytes = guarded(() => fstatSync(descriptor).size);
  return blockFile(
    path,
    bytes,
    (into, offset) =>
      guarded(() => {
        // The system gives the number of a closed descriptor to the next file that is opened.
        if (!open) throw dataErrors.cannotRead(path, 'it has been closed');
        for (let done = 0; done < into.length; ) {
          const got = readSync(descriptor, into, done, into.length - done, offset + done);
          if (got === 0) throw dataErrors.cannotRead(path, 'it ends too early');
          done += got;
        }
      }),
    () => {
      if (open) closeSync(descriptor);
      open = false;
    },
  );
}

/** Bytes that are in memory already. */
export const memoryBlocks = (place: string, content: Uint8Array): BlockFile =>
  blockFile(
    place,
    content.length,
    (into, offset) => into.set(content.subarray(offset, offset + into.length)),
    () => undefined,
  );

/** A stretch of a file as a file of its own; closing it closes the whole. @throws OPQ0401 when it leads outside */
export function partOf(file: BlockFile, start: number, bytes: number, place = file.place): BlockFile {
  if (start < 0 || bytes < 0 || start + bytes > file.bytes)
    throw dataErrors.cannotRead(place, 'it ends too early');
  return blockFile(
    place,
    bytes,
    (into, offset) => file.readInto(into, start + offset),
    () => file.close(),
  );
}

/** Files one after the other as one. */
export function joined(place: string, files: readonly BlockFile[]): BlockFile {
  return blockFile(
    place,
    files.reduce((sum, file) => sum + file.bytes, 0),
    (into, offset) => {
      let [done, start] = [0, 0];
      for (const file of files) {
        const from = offset + done - start;
        const length = Math.min(into.length - done, file.bytes - from);
        if (length > 0) file.readInto(into.subarray(done, done + length), from);
        done += Math.max(0, length);
        start += file.bytes;
      }
    },
    () => files.forEach((file) => file.close()),
  );
}

/** A whole small file. @throws OPQ0401 */
export function readWhole(path: string): Uint8Array {
  const file = openBlocks(path);
  try {
    return file.read(0, file.bytes);
  } finally {
    file.close();
  }
}

/** Calls `work` with stretches of at most `size` bytes, in order. The array is used again for the next. */
export function eachBlock(
  file: BlockFile,
  size: number,
  work: (block: Uint8Array, offset: number) => void,
): void {
  const buffer = new Uint8Array(Math.min(size, file.bytes));
  for (let offset = 0; offset < file.bytes; offset += size) {
    const block = buffer.subarray(0, Math.min(size, file.bytes - offset));
    file.readInto(block, offset);
    work(block, offset);
  }
}

/** What `work` makes of a file; the file is closed when it fails. */
export function orClose<T>(file: BlockFile, work: (file: BlockFile) => T): T {
  try {
    return work(file);
  } catch (error) {
    file.close();
    throw error;
  }
}
