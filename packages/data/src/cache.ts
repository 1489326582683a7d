import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { dataErrors, OpqError } from '@opq/errors';
import { eachBlock, openBlocks, partOf, reason, type BlockFile } from './blocks';

/** Before the content: magic and version (8 bytes), length (float64), CRC-32 (uint32), little-endian; filled up with zeros. */
const HEADER = 64;
/** Its last character changes when any reader decodes otherwise: older files are then made anew. */
const MAGIC = 'OPQDATA1';
const BLOCK = 4 << 20;

/** Folders in the order in which they are tried. */
function folders(): readonly string[] {
  const home = process.env['XDG_CACHE_HOME'] ?? process.env['LOCALAPPDATA'] ?? join(homedir(), '.cache');
  return [join(home, 'opq'), join(tmpdir(), `opq-cache-${userInfo().uid}`)];
}

/** The first folder that is there or can be made. @throws OPQ0418 */
function cacheFolder(): string {
  let last: unknown;
  for (const folder of folders()) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return folder;
    } catch (error) {
      last = error;
    }
  }
  throw dataErrors.cacheFailed(folders()[0] ?? '', reason(last));
}

/** The content of a cache file, or nothing where it is missing, cut or damaged. */
function opened(path: string, place: string): BlockFile | undefined {
  if (!existsSync(path)) return undefined;
  const file = openBlocks(path);
  try {
    const view = new DataView(file.read(0, HEADER).buffer);
    const magic = new TextDecoder('latin1').decode(new Uint8Array(view.buffer, 0, 8));
    if (magic === MAGIC && view.getFloat64(8, true) === file.bytes - HEADER) {
      const content = partOf(file, HEADER, file.bytes - HEADER, place);
      let crc = 0;
      eachBlock(content, BLOCK, (block) => (crc = crc32(block, crc)));
      if (crc === view.getUint32(16, true)) return content;
    }
  } catch (error) {
    if (!(error instanceof OpqError)) throw error;
  }
  file.close();
  return undefined;
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
}

/** Writes beside the place and moves there: another process sees the whole file or none. */
function written(path: string, make: (write: (bytes: Uint8Array) => void) => void): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      let [length, crc] = [0, 0];
      make((bytes) => {
        writeAll(descriptor, bytes, HEADER + length);
        crc = crc32(bytes, crc);
        length += bytes.length;
      });
      const header = new Uint8Array(HEADER);
      header.set(new TextEncoder().encode(MAGIC));
      const view = new DataView(header.buffer);
      view.setFloat64(8, length, true);
      view.setUint32(16, crc, true);
      writeAll(descriptor, header, 0);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof OpqError) throw error;
    throw dataErrors.cacheFailed(path, reason(error));
  }
}

/**
 * Bytes that take long to make, kept in a file of the user's cache folder ($XDG_CACHE_HOME/opq, else ~/.cache/opq, else the
 * system's temporary folder). A file that is cut or damaged (its length or CRC-32 is another) is made anew.
 * @param name file name; names the content and everything it was made from
 * @param place what messages call the content
 * @param make gives the content piece by piece
 * @throws OPQ0418 when the folder cannot be written
 */
export function cached(
  name: string,
  place: string,
  make: (write: (bytes: Uint8Array) => void) => void,
): BlockFile {
  const path = join(cacheFolder(), `${name.replace(/[^\w.-]/g, '_')}.bin`);
  const kept = opened(path, place);
  if (kept !== undefined) return kept;
  written(path, make);
  const fresh = opened(path, place);
  if (fresh === undefined) throw dataErrors.cacheFailed(path, 'it changed while it was written');
  return fresh;
}

/** CRC-32 of files one after the other, as eight hexadecimal digits. @throws OPQ0401 */
export function fingerprint(paths: readonly string[]): string {
  let crc = 0;
  for (const path of paths) {
    const file = openBlocks(path);
    try {
      eachBlock(file, BLOCK, (block) => (crc = crc32(block, crc)));
    } finally {
      file.close();
    }
  }
  return crc.toString(16).padStart(8, '0');
}
