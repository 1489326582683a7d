/** Markdown of a package, read where the repository around it is gone. */
import { posix } from 'node:path';
import { resolveLink } from '../docs/markdown';

const LINK = /(?<!!)\[([^\]]*)\]\(([^)\s]+)\)/g;

/** Whether a link leads to a file that the package has not. @param path of the page inside the package @param has of the package */
export function leadsOut(path: string, href: string, has: (path: string) => boolean): boolean {
  const target = resolveLink(path, href);
  return target !== undefined && !has(posix.normalize(target.path));
}

/**
 * A page with links out of the package made plain: `[how](../../docs/how.md)` becomes `how (docs/how.md)`, a path in opq's repository.
 * @param path of the page inside the package
 * @param from of the same page in the repository, relative to its root
 */
export const withoutLinksOut = (
  text: string,
  path: string,
  from: string,
  has: (path: string) => boolean,
): string =>
  text.replace(LINK, (link, words: string, href: string) => {
    if (!leadsOut(path, href, has)) return link;
    const place = resolveLink(from, href)?.path ?? href;
    return place.startsWith(words.replaceAll('`', '')) ? place : `${words} (${place})`;
  });
