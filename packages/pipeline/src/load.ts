import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { cliErrors } from '@opq/errors';
import { isCompressedModel, readCompressedModel, type CompressedModel, type Model } from '@opq/ir';
import { isKerasArchive, isKerasH5, readKerasArchive, readKerasH5 } from '@opq/keras';
import { isOnnx, readOnnx } from '@opq/onnx';
import { isTflite, readTflite } from '@opq/tflite';

/** Reads one file format, told by its content. */
interface Importer {
  readonly format: string;
  matches(bytes: Uint8Array): boolean;
  read(bytes: Uint8Array, place: string): Model | Promise<Model>;
}

const IMPORTERS: readonly Importer[] = [
  { format: 'TensorFlow Lite (.tflite)', matches: isTflite, read: readTflite },
  { format: 'Keras (.h5)', matches: isKerasH5, read: readKerasH5 },
  { format: 'Keras (.keras)', matches: isKerasArchive, read: readKerasArchive },
  // Last: ONNX has no magic bytes, only a plausible start.
  { format: 'ONNX (.onnx)', matches: isOnnx, read: readOnnx },
];

/** @throws OPQ0904 */
function readWhole(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw cliErrors.cannotReadModel(
      path,
      missing ? 'there is no such file' : error instanceof Error ? error.message : 'unknown',
    );
  }
}

/** A network from a file of any known format. @throws OPQ0904, OPQ0905, and what the format's reader throws */
export async function loadModel(path: string): Promise<Model> {
  const bytes = readWhole(path);
  const importer = IMPORTERS.find((candidate) => candidate.matches(bytes));
  if (importer === undefined)
    throw cliErrors.unknownFormat(
      path,
      IMPORTERS.map(({ format }) => format),
    );
  return importer.read(bytes, basename(path));
}

/** True for a file that begins as a model.opq does. @throws OPQ0904 */
export const isCompressedFile = (path: string): boolean => isCompressedModel(readWhole(path));

/** A model.opq. @throws OPQ0904, OPQ0101…OPQ0104 */
export const loadCompressedModel = (path: string): CompressedModel =>
  readCompressedModel(readWhole(path), path);
