/** The files of the repository that documentation consists of and points to. */
import { readdirSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';

export const root = resolve(__dirname, '../..');

/** Folders that hold nothing written by hand. `.vitepress` holds the site's own settings. */
const PASSED_OVER = new Set(['node_modules', 'dist', 'coverage', 'tmp', 'golden', 'generated']);

/**
 * Files under a folder whose name ends as given.
 * @param ending such as `.md`
 * @param folder relative to the root, with forward slashes; the whole repository where it is empty
 * @returns paths relative to the root, with forward slashes, sorted
 */
export function filesEnding(ending: string, folder = ''): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !PASSED_OVER.has(name) && !name.startsWith('.'))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return filesEnding(ending, path);
      return entry.isFile() && entry.name.endsWith(ending) ? [path] : [];
    })
    .sort((a, b) => (a < b ? -1 : 1));
}

/** Every page of the documentation: all Markdown of the repository. The site's own routes (`[path].md`) are none. */
export const markdownFiles = (): readonly string[] =>
  filesEnding('.md').filter((path) => !path.includes('['));
