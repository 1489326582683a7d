/** What a page of the documentation holds: headings, links, code. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import MarkdownIt, { type Token } from 'markdown-it';
import { root } from './repository';

interface Link {
  /** As it is written. */
  readonly href: string;
  /** Of the paragraph, from 1. */
  readonly line: number;
}

interface CodeBlock {
  /** The word behind the fence, such as `sh`; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

export interface Page {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string;
  readonly title: string;
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  readonly code: readonly CodeBlock[];
}

/** The anchor of a heading, as GitHub makes it: the site makes the same. */
export const slug = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');

const textOf = (token: Token | undefined): string =>
  (token?.children ?? [])
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('');

/** @param path for the page's name only: nothing is read */
export function parsePage(path: string, text: string): Page {
  const tokens = new MarkdownIt({ html: true }).parse(text.replace(/^---\n[^]*?\n---\n/, ''), {});
  const headings = tokens.flatMap((token, i) =>
    token.type === 'heading_open' ? [textOf(tokens[i + 1])] : [],
  );
  const seen = new Map<string, number>();
  const anchors = headings.map(slug).map((anchor) => {
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return {
    path,
    title: headings[0] ?? path,
    anchors: new Set(anchors),
    links: tokens.flatMap(({ children, map }) =>
      (children ?? []).flatMap((child) => {
        const href = child.attrGet(child.type === 'image' ? 'src' : 'href');
        return href === null ? [] : [{ href, line: (map?.[0] ?? 0) + 1 }];
      }),
    ),
    code: tokens
      .filter(({ type }) => type === 'fence')
      .map(({ info, content, map }) => ({
        language: info.trim().split(/\s+/)[0] ?? '',
        text: content,
        line: (map?.[0] ?? 0) + 1,
      })),
  };
}

export const readPage = (path: string): Page => parsePage(path, readFileSync(join(root, path), 'utf8'));

/** What a relative link points to, from the root of the repository; undefined for addresses elsewhere (`https:`, `mailto:`). */
export function resolveLink(
  from: string,
  href: string,
): { readonly path: string; readonly anchor: string } | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(href)) return undefined;
  const [file = '', anchor = ''] = decodeURI(href).split('#');
  return { path: file === '' ? from : posix.join(posix.dirname(from), file).replace(/\/$/, ''), anchor };
}
