/** Where each file of the repository stands on the documentation site. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readPage, resolveLink } from './markdown';
import { markdownFiles, root } from './repository';

/** The page a Markdown file becomes, without its ending: `docs/reference/cli.md` → `reference/cli`. */
export function routeOf(file: string): string {
  const route = file.replace(/^docs\//, '').replace(/\.md$/, '');
  if (route === 'README') return 'readme';
  return route
    .replace(/^(ARCHITECTURE|CONTRIBUTING)$/, (name) => name.toLowerCase())
    .replace(/^(docs|reference|adr|api|results)\/README$/, '$1/index')
    .replace(/\/README$/, '');
}

/** Files that a browser shows or saves as they are. */
const AS_THEY_ARE = /\.(html|json)$/;

export type Place =
  | { readonly kind: 'page'; readonly route: string }
  | { readonly kind: 'source'; readonly route: string }
  | { readonly kind: 'file'; readonly route: string };

/**
 * Where a file of the repository stands on the site: a page, the text of a source file, or the file itself.
 * A folder stands where its README.md does.
 * @throws Error when there is no such file, or a folder has no README.md
 */
export function placeOf(path: string): Place {
  const place = join(root, path);
  if (!existsSync(place)) throw new Error(`There is no ${path}.`);
  if (statSync(place).isDirectory()) return placeOf(join(path, 'README.md'));
  if (path.endsWith('.md')) return { kind: 'page', route: routeOf(path) };
  return AS_THEY_ARE.test(path)
    ? { kind: 'file', route: `files/${path}` }
    : { kind: 'source', route: `source/${path}` };
}

/** Files that pages link to and that are no pages, sorted: the site holds those, and no others. */
export function linkedFiles(kind: 'source' | 'file'): readonly string[] {
  const paths = markdownFiles().flatMap((file) =>
    readPage(file).links.flatMap(({ href }) => {
      const target = resolveLink(file, href);
      return target !== undefined && placeOf(target.path).kind === kind ? [target.path] : [];
    }),
  );
  return [...new Set(paths)].sort((a, b) => (a < b ? -1 : 1));
}
