import { readdirSync, type Dirent } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { dataErrors } from '@opq/errors';
import { reason } from '../blocks';
import { elements, type StoredDataset } from '../dataset';
import type { Description } from '../description';
import { checkIndex, checkSampleSize } from '../records';
import { keepUpTo } from './kept';
import { pictureValues, readPicture } from './picture';
import { resize } from './resize';
import { rangeOf } from '../values';

type Shape = readonly [number, number, 1 | 3];

/** Decoded pictures that stay in memory for the next epoch. */
const KEPT_BYTES = 256 << 20;
const PICTURES = new Set(['.png', '.jpg', '.jpeg']);
/** Pictures that are not read: better said than left out. */
const OTHERS = new Set(['.bmp', '.gif', '.webp', '.tif', '.tiff', '.pgm', '.ppm', '.avif', '.heic']);

/** Entries by name, in the order of UTF-16 code units on every machine; hidden ones are left out. @throws OPQ0401 */
function entries(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw dataErrors.cannotRead(folder, reason(error));
  }
}

/** Paths of a class's pictures, in order; other files are left out. @throws OPQ0401, OPQ0413 */
function picturesIn(folder: string): readonly string[] {
  return entries(folder).flatMap((entry) => {
    const kind = extname(entry.name).toLowerCase();
    const path = join(folder, entry.name);
    if (OTHERS.has(kind)) throw dataErrors.badPicture(path, 'only PNG and JPEG are read');
    return PICTURES.has(kind) && !entry.isDirectory() ? [path] : [];
  });
}

/** Names of the class folders in the order of their numbers. @throws OPQ0401, OPQ0415 */
function classesOf(folder: string, named: readonly string[] | undefined): readonly string[] {
  const inside = entries(folder);
  const stray = inside.find((e) => !e.isDirectory() && PICTURES.has(extname(e.name).toLowerCase()));
  if (stray !== undefined)
    throw dataErrors.noClass(join(folder, stray.name), 'it is in no folder of a class');
  const found = inside.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (named === undefined) return found;
  const unknown = found.find((name) => !named.includes(name));
  if (unknown !== undefined)
    throw dataErrors.noClass(join(folder, unknown), 'it is none of the named classes');
  return named;
}

/** First pictures of all classes, then second ones, and so on: the first n samples hold all classes alike. */
function inTurn(classes: readonly (readonly string[])[]): readonly { path: string; label: number }[] {
  const longest = Math.max(0, ...classes.map((paths) => paths.length));
  return Array.from({ length: longest }, (_, i) =>
    classes.flatMap((paths, label) => {
      const path = paths[i];
      return path === undefined ? [] : [{ path, label }];
    }),
  ).flat();
}

function shapeFor(
  description: Description<'image-folder'>,
  inputShape: readonly number[],
  first: string,
): Shape {
  if (description.shape !== undefined) return description.shape;
  const [height, width, channels = 1] = inputShape;
  if (
    height !== undefined &&
    width !== undefined &&
    inputShape.length <= 3 &&
    (channels === 1 || channels === 3)
  )
    return [height, width, channels];
  if (inputShape.length > 0) throw dataErrors.noPictureInput(inputShape);
  const picture = readPicture(first);
  return [picture.height, picture.width, 3];
}

/**
 * A folder with one folder of pictures for each class, decoded as they are asked for; what fits 256 MiB stays decoded.
 * @throws OPQ0401, OPQ0413…OPQ0415, OPQ0422, OPQ0423
 */
export function openImageFolder(
  description: Description<'image-folder'>,
  base: string,
  inputShape: readonly number[],
): StoredDataset {
  const folder = resolve(base, description.folder);
  const classNames = classesOf(folder, description.classes);
  const pictures = inTurn(classNames.map((name) => picturesIn(join(folder, name))));
  const [first] = pictures;
  if (first === undefined) throw dataErrors.noClass(folder, 'it has no folder with PNG or JPEG pictures');
  const shape = shapeFor(description, inputShape, first.path);
  checkSampleSize(folder, shape);
  const sampleLength = elements(shape);
  const { scale = 1, zeroPoint = 0 } = description;
  const [height, width, channels] = shape;
  let open = true;

  const decoded = (path: string): Float32Array => {
    const picture = readPicture(path);
    const same = picture.height === height && picture.width === width;
    if (!same && description.resize !== true)
      throw dataErrors.pictureSize(path, [picture.height, picture.width], [height, width]);
    return resize(
      pictureValues(picture, channels),
      [picture.height, picture.width, channels],
      [height, width],
    );
  };
  const kept = keepUpTo(KEPT_BYTES);
  const read = (indices: ArrayLike<number>, into: Float32Array): void => {
    if (!open) throw dataErrors.cannotRead(folder, 'it has been closed');
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] ?? -1;
      checkIndex(folder, index, pictures.length);
      const values = kept.get(index, () => decoded(pictures[index]?.path ?? folder));
      for (let k = 0; k < sampleLength; k++)
        into[i * sampleLength + k] = ((values[k] ?? 0) - zeroPoint) * scale;
    }
  };
  return {
    count: pictures.length,
    shape,
    range: rangeOf('u8', description),
    sampleLength,
    classNames,
    read,
    sample(index) {
      const values = new Float32Array(sampleLength);
      read([index], values);
      return values;
    },
    label: (index) => pictures[index]?.label,
    close() {
      open = false;
      kept.clear();
    },
  };
}
