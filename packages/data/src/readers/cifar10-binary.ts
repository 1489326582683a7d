import { join, resolve } from 'node:path';
import { dataErrors } from '@opq/errors';
import { eachBlock, joined, openBlocks, type BlockFile } from '../blocks';
import type { StoredDataset } from '../dataset';
import type { Description } from '../description';
import { recordDataset } from '../records';
import { readAs, type Convert } from '../values';

/** Classes in the order of their numbers. */
export const CIFAR10_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

const PLANE = 32 * 32;
const RECORD = 1 + 3 * PLANE;

/** The file of each split, as the archive of the University of Toronto names them. */
const FILES = {
  train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
  test: ['test_batch.bin'],
} as const;

/** Planes of red, green and blue become pixels. */
function planarToPixels(convert: Convert): Convert {
  const pixels = new Uint8Array(3 * PLANE);
  return (block, into, at) => {
    for (let i = 0; i < PLANE; i++) for (let c = 0; c < 3; c++) pixels[3 * i + c] = block[c * PLANE + i] ?? 0;
    convert(pixels, into, at);
  };
}

/** Each record starts with its class number. @throws OPQ0416 */
function labelsOf(file: BlockFile): Uint8Array {
  const labels = new Uint8Array(Math.floor(file.bytes / RECORD));
  eachBlock(file, 1000 * RECORD, (block, offset) => {
    for (let at = 0; at + RECORD <= block.length; at += RECORD) {
      const [index, label] = [(offset + at) / RECORD, block[at] ?? 0];
      if (label >= CIFAR10_CLASSES.length)
        throw dataErrors.labelOutside(file.place, index, label, CIFAR10_CLASSES.length);
      labels[index] = label;
    }
  });
  return labels;
}

/** The binary version of CIFAR-10: records of a class number and 3072 bytes. @throws OPQ0401, OPQ0402, OPQ0416 */
export function openCifar10Binary(
  { folder, split, ...scaling }: Description<'cifar10-binary'>,
  base: string,
): StoredDataset {
  const place = resolve(base, folder);
  const files: BlockFile[] = [];
  try {
    for (const name of FILES[split]) {
      const file = openBlocks(join(place, name));
      files.push(file);
      if (file.bytes % RECORD !== 0) throw dataErrors.wrongSize(file.place, file.bytes, RECORD);
    }
    const file = joined(place, files);
    const { convert, range } = readAs('u8', scaling);
    return recordDataset({
      place,
      file,
      before: 1,
      sampleBytes: 3 * PLANE,
      shape: [32, 32, 3],
      labels: { place, numbers: labelsOf(file) },
      classNames: CIFAR10_CLASSES,
      convert: planarToPixels(convert),
      range,
    });
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}
