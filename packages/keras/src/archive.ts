import { strFromU8, unzipSync, type UnzipFileInfo } from 'fflate';
import { OpqError, kerasErrors } from '@opq/errors';

/** What a .keras archive holds of a model. */
export interface Archive {
  /** config.json */
  readonly config: string;
  /** model.weights.h5, an HDF5 file of its own */
  readonly weights: Uint8Array;
}

const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';

const MAX_ENTRIES = 4096;
const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const MAX_WEIGHTS_BYTES = 2 ** 30;
/** Weights hardly become smaller when packed; a small archive that unpacks to much is made to do harm. */
const MAX_RATIO = 100;
const HARMLESS_BYTES = 16 * 2 ** 20;

/** Is it a zip with an entry named config.json? A cut-off one still counts: Keras writes that entry near the start. */
export const isArchive = (bytes: Uint8Array): boolean =>
  [0x50, 0x4b, 0x03, 0x04].every((byte, i) => bytes[i] === byte) &&
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(CONFIG);

/** Takes entries one by one, and refuses before anything is unpacked. */
function gatekeeper(place: string, available: number): (file: UnzipFileInfo) => boolean {
  const seen = new Set<string>();
  let entries = 0;
  return ({ name, size, originalSize }) => {
    if (++entries > MAX_ENTRIES)
      throw kerasErrors.tooLarge(place, `the archive has more than ${MAX_ENTRIES} entries`);
    if (name !== CONFIG && name !== WEIGHTS) return false;
    if (seen.has(name)) throw kerasErrors.damaged(place, `${name} is in the archive twice`);
    seen.add(name);
    if (size > available) throw kerasErrors.damaged(place, `${name} is cut off`);
    const limit = Math.min(
      name === CONFIG ? MAX_CONFIG_BYTES : MAX_WEIGHTS_BYTES,
      Math.max(HARMLESS_BYTES, MAX_RATIO * size),
    );
    if (!(originalSize <= limit))
      throw kerasErrors.tooLarge(place, `${name} unpacks from ${size} to ${originalSize} bytes`);
    return true;
  };
}

/** @throws OPQ1202, OPQ1203, OPQ1205, OPQ1209 */
export function openArchive(bytes: Uint8Array, place: string): Archive {
  const sizes = new Map<string, number>();
  const admit = gatekeeper(place, bytes.length);
  let files: Readonly<Record<string, Uint8Array>>;
  let npz = false;
  try {
    files = unzipSync(bytes, {
      filter: (file) => {
        npz ||= file.name === 'model.weights.npz';
        sizes.set(file.name, file.originalSize);
        return admit(file);
      },
    });
  } catch (error) {
    // What else is thrown comes from unpacking: fflate's own errors, and ranges that lead outside the file.
    throw error instanceof OpqError ? error : kerasErrors.damaged(place, 'the archive cannot be unpacked');
  }
  const entry = (name: string): Uint8Array => {
    const content = files[name];
    if (content === undefined) throw kerasErrors.incomplete(place, `the archive has no ${name}`);
    if (content.length !== sizes.get(name))
      throw kerasErrors.damaged(place, `${name} has ${content.length} bytes instead of ${sizes.get(name)}`);
    return content;
  };
  if (npz && files[WEIGHTS] === undefined)
    throw kerasErrors.unsupported(place, ['weights stored as model.weights.npz']);
  return { config: strFromU8(entry(CONFIG)), weights: entry(WEIGHTS) };
}
