import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';

/** A folder for one test file, removed behind it; the cache lies in it too. */
export function scratch() {
  let folder = '';
  const before = process.env['XDG_CACHE_HOME'];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'opq-data-'));
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  });
  afterAll(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    path: (name = '') => join(folder, name),
    file(name: string, bytes: Uint8Array | string): string {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
      return name;
    },
  };
}

/** NumPy's array format, version 1. */
export function npy(
  descr: string,
  shape: readonly number[],
  data: ArrayBufferView,
  fortran = false,
): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  return npyOf(header, data);
}

export function npyOf(header: string, data: ArrayBufferView): Uint8Array {
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  return Uint8Array.of(
    0x93,
    ...Buffer.from('NUMPY'),
    1,
    0,
    padded.length & 0xff,
    padded.length >> 8,
    ...Buffer.from(padded),
    ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
}

/** A PNG of given pixels, [height][width] of [red, green, blue]. */
export function png(pixels: readonly (readonly (readonly number[])[])[]): Uint8Array {
  const picture = new PNG({ height: pixels.length, width: pixels[0]?.length ?? 0 });
  picture.data.set(pixels.flat().flatMap((rgb) => [...rgb, 255]));
  return PNG.sync.write(picture);
}

/** One colour all over. */
export const plain = (height: number, width: number, rgb: readonly number[]): Uint8Array =>
  png(Array.from({ length: height }, () => Array.from({ length: width }, () => rgb)));

export const failing = async (work: Promise<unknown>, code: string): Promise<void> =>
  expect(work).rejects.toMatchObject({ code });
