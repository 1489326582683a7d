import { decode } from 'jpeg-js';
import { PNG } from 'pngjs';
import { dataErrors } from '@opq/errors';
import { readWhole } from '../blocks';

/** A decoded picture: rows from the top, pixels from the left, 0…255. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  /** Four bytes for each pixel: red, green, blue, and opacity, which is not used. */
  readonly rgba: Uint8Array;
}

const LARGEST_PIXELS = 2 ** 26;
const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

function decodePng(bytes: Uint8Array, place: string): Picture {
  // Sizes are read before the decoder makes room for them: signature, length, "IHDR", width, height.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw dataErrors.badPicture(place, 'it ends inside its header');
  const pixels = view.getUint32(16) * view.getUint32(20);
  if (pixels === 0 || pixels > LARGEST_PIXELS) throw dataErrors.badPicture(place, `it has ${pixels} pixels`);
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  return { width, height, rgba: data };
}

function decodeJpeg(bytes: Uint8Array): Picture {
  const { width, height, data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: false,
    maxResolutionInMP: LARGEST_PIXELS / 1e6,
    maxMemoryUsageInMB: 1024,
  });
  return { width, height, rgba: data };
}

/**
 * A PNG or JPEG, told apart by its first bytes. Opacity, colour profiles and the orientation noted by cameras are not looked at;
 * 16-bit channels become 8-bit ones.
 * @param place what messages call it
 * @throws OPQ0413
 */
export function decodePicture(bytes: Uint8Array, place: string): Picture {
  const isPng = startsWith(bytes, PNG_START);
  if (!isPng && !startsWith(bytes, [0xff, 0xd8, 0xff]))
    throw dataErrors.badPicture(place, 'it is neither PNG nor JPEG');
  let picture: Picture;
  try {
    picture = isPng ? decodePng(bytes, place) : decodeJpeg(bytes);
  } catch (error) {
    // The decoders throw errors of their own, or walk out of their tables, on damaged files.
    throw dataErrors.badPicture(place, error instanceof Error ? error.message : 'it is damaged');
  }
  if (!(picture.rgba.length === 4 * picture.width * picture.height && picture.rgba.length > 0))
    throw dataErrors.badPicture(place, 'it is damaged');
  return picture;
}

/** @throws OPQ0401, OPQ0413 */
export const readPicture = (path: string): Picture => decodePicture(readWhole(path), path);

/**
 * A picture's numbers 0…255, [height, width, channels]. One channel is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B,
 * which leaves grey pixels as they are.
 */
export function pictureValues({ height, width, rgba }: Picture, channels: 1 | 3): Float32Array {
  const pixels = height * width;
  const values = new Float32Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    const [red = 0, green = 0, blue = 0] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]];
    if (channels === 1) values[i] = (299 * red + 587 * green + 114 * blue) / 1000;
    else {
      values[3 * i] = red;
      values[3 * i + 1] = green;
      values[3 * i + 2] = blue;
    }
  }
  return values;
}
