import { closeSync, fstatSync, openSync, readSync, readFileSync } from 'node:fs';
import { dataErrors } from '@opq/errors';

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? 'there is no such file'
    : error instanceof Error
      ? error.message
      : 'unknown';

/** A whole small file. @throws OPQ0401 */
export function readWhole(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw dataErrors.cannotRead(path, reason(error));
  }
}

/** A file read block by block, so that one larger than the memory works. */
export interface BlockFile {
  readonly bytes: number;
  /** @throws OPQ0401 */
  read(offset: number, length: number): Uint8Array;
}

/** @throws OPQ0401 */
export function openBlocks(path: string): BlockFile {
  const at = <T>(work: (descriptor: number) => T): T => {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      return work(descriptor);
    } catch (error) {
      throw dataErrors.cannotRead(path, reason(error));
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  };
  const bytes = at((descriptor) => fstatSync(descriptor).size);
  return {
    bytes,
    read: (offset, length) =>
      at((descriptor) => {
        const block = new Uint8Array(length);
        if (readSync(descriptor, block, 0, length, offset) !== length) throw new Error('it ends too early');
        return block;
      }),
  };
}
