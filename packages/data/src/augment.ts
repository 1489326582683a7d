import { dataErrors } from '@opq/errors';
import { randomStream, wholeBelow } from './random';

/** Changes made to images in training, in this order. Each is drawn for each sample and epoch. */
export interface Augmentation {
  /** true: every second image, by chance, is mirrored left to right. */
  readonly flip?: boolean;
  /** The image moves by −n…n pixels down and right, each alike. */
  readonly shift?: number;
  /** What stands where the image has moved away: 0 (the default), or the nearest pixel of the image. */
  readonly fill?: 'zero' | 'edge';
  /** Side of a square that becomes 0; its centre is any pixel, so that it may reach over the edge. */
  readonly cutout?: number;
}

/** @throws OPQ0420 for images that have no [height, width, channels], or sizes that do not fit them */
export function checkAugmentation(augment: Augmentation, shape: readonly number[] | undefined): void {
  if (shape?.length !== 3)
    throw dataErrors.badBatches(
      `only images [height, width, channels] can be augmented, not samples of shape [${shape?.join(', ') ?? 'unknown'}]`,
    );
  for (const [name, value] of [
    ['shift', augment.shift ?? 0],
    ['cutout', augment.cutout ?? 0],
  ] as const)
    if (!Number.isInteger(value) || value < 0 || value > Math.max(...shape.slice(0, 2)))
      throw dataErrors.badBatches(`${name} is ${value}, which is no number of pixels of the image`);
}

/**
 * Writes the augmented form of an image. What is drawn depends on (seed, epoch, index) only; all five draws are always made, so
 * that one change can be turned off and the others stay as they are.
 * @param source [height, width, channels], row-major
 * @param target as large; not the same memory
 */
export function augmentImage(
  source: Float32Array,
  target: Float32Array,
  shape: readonly number[],
  augment: Augmentation,
  place: { readonly seed: number; readonly epoch: number; readonly index: number },
): void {
  const [height = 1, width = 1, channels = 1] = shape;
  const { flip = false, shift = 0, fill = 'zero', cutout = 0 } = augment;
  const uniform = randomStream('augment', place.seed, place.epoch, place.index);
  const mirrored = wholeBelow(uniform, 2) === 1 && flip;
  const down = wholeBelow(uniform, 2 * shift + 1) - shift;
  const right = wholeBelow(uniform, 2 * shift + 1) - shift;
  const top = wholeBelow(uniform, height) - Math.floor(cutout / 2);
  const left = wholeBelow(uniform, width) - Math.floor(cutout / 2);
  const inside = (at: number, extent: number): number =>
    fill === 'edge' ? Math.min(Math.max(at, 0), extent - 1) : at;

  for (let y = 0; y < height; y++) {
    const fromY = inside(y - down, height);
    for (let x = 0; x < width; x++) {
      const moved = inside(x - right, width);
      const cut = y >= top && y < top + cutout && x >= left && x < left + cutout;
      const there = !cut && fromY >= 0 && fromY < height && moved >= 0 && moved < width;
      const from = (fromY * width + (mirrored ? width - 1 - moved : moved)) * channels;
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) target[to + c] = there ? (source[from + c] ?? 0) : 0;
    }
  }
}
