import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { firmwareErrors, OpqError } from '@opq/errors';
import type { BuildFile } from './template';

/** A fresh folder beside the place, on the same disk, so that the last step is one rename. */
async function workFolder(place: string): Promise<string> {
  try {
    await mkdir(dirname(place), { recursive: true });
    return await mkdtemp(`${place}.building-`);
  } catch (error) {
    throw firmwareErrors.cannotWrite(place, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Files in a folder that replaces `directory` whole when `work` is done with it, and not at all when it fails.
 * @param work gets the folder while it stands elsewhere
 * @throws OPQ0706, and what `work` throws
 */
export async function replaceFolder<T>(
  directory: string,
  files: readonly BuildFile[],
  work?: (folder: string) => Promise<T>,
): Promise<T | undefined> {
  const place = resolve(directory);
  const folder = await workFolder(place);
  try {
    for (const { path, bytes } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    const result = await work?.(folder);
    await rm(place, { recursive: true, force: true });
    await rename(folder, place);
    return result;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (error instanceof OpqError || !(error instanceof Error)) throw error;
    throw firmwareErrors.cannotWrite(directory, error.message);
  }
}
