import { flasherErrors } from '@opq/errors';
import type { FlashImage, FlashSegment } from './loader';

/** A program, and the RAM it takes where its file tells. */
export interface ImageFile extends FlashImage {
  /** Bytes of variables, without the stack; undefined for a plain binary. */
  readonly ram: number | undefined;
}

const LOAD = 1;

/**
 * Reads a program: an ELF file for 32-bit processors, whose loadable parts go to their physical addresses; anything else is a
 * plain binary, which begins at `origin`.
 * @param file its name, for messages
 * @throws OPQ0825
 */
export function readImage(bytes: Uint8Array, file: string, origin: number): ImageFile {
  if (bytes.length === 0) throw flasherErrors.badImage(file, 'it is empty');
  const magic = bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
  return magic ? readElf(bytes, file) : { segments: [{ address: origin, bytes }], ram: undefined };
}

function readElf(bytes: Uint8Array, file: string): ImageFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 52 || bytes[4] !== 1 || bytes[5] !== 1)
    throw flasherErrors.badImage(file, 'it is no ELF file of a 32-bit little-endian processor');
  const [table, size, count] = [view.getUint32(28, true), view.getUint16(42, true), view.getUint16(44, true)];
  if (size < 32 || table + size * count > bytes.length)
    throw flasherErrors.badImage(file, 'its program headers are cut off');
  const segments: FlashSegment[] = [];
  let ram = 0;
  for (let i = 0; i < count; i++) {
    const word = (at: number): number => view.getUint32(table + i * size + at, true);
    const [type, offset, virtual, physical, stored, taken] = [
      word(0),
      word(4),
      word(8),
      word(12),
      word(16),
      word(20),
    ];
    if (type !== LOAD) continue;
    if (offset + stored > bytes.length) throw flasherErrors.badImage(file, 'a part of it is cut off');
    if (stored > 0) segments.push({ address: physical, bytes: bytes.subarray(offset, offset + stored) });
    // What is copied at start, or starts as zeros, stands elsewhere while it runs.
    if (virtual !== physical || stored === 0) ram += taken;
  }
  if (segments.length === 0) throw flasherErrors.badImage(file, 'it holds nothing to write');
  segments.sort((a, b) => a.address - b.address);
  return { segments, ram };
}
