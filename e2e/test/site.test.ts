/** The documentation site: it is built, whole, and needs no network. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { markdownFiles, root } from '../../tools/docs/repository';
import { linkedFiles, placeOf } from '../../tools/docs/site';

const folder = mkdtempSync(join(tmpdir(), 'opq-site-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/vitepress/bin/vitepress.js'), 'build', 'docs', '--outDir', folder],
    { cwd: root, timeout: 240_000, stdio: 'pipe', env: { ...process.env, NODE_ENV: 'production' } },
  );
}, 250_000);

type Element = DefaultTreeAdapterTypes.Element;

function elements(file: string): readonly Element[] {
  const found: Element[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(parse(readFileSync(join(folder, file), 'utf8')));
  return found;
}

const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((one) => one.name === name)?.value;

const built = (): readonly string[] =>
  (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .sort();

test('every page of the repository, and every file that a page links to, is there', () => {
  const missing = [...markdownFiles(), ...linkedFiles('source'), ...linkedFiles('file')]
    .map((path) => placeOf(path))
    .map(({ kind, route }) => (kind === 'file' ? route : `${route}.html`))
    .filter((file) => !existsSync(join(folder, file)));
  expect(missing).toEqual([]);
});

test('every link within the site leads to a page and a heading that exist', () => {
  const pages = built().filter((path) => path.endsWith('.html') && !path.startsWith('files/'));
  const ids = new Map(
    pages.map((page) => [page, new Set(elements(page).flatMap((element) => attribute(element, 'id') ?? []))]),
  );
  const dead = pages.flatMap((page) =>
    elements(page).flatMap((element) => {
      const href = element.tagName === 'a' ? attribute(element, 'href') : undefined;
      if (href === undefined || /^[a-z]+:/.test(href)) return [];
      const [path = '', anchor = ''] = decodeURI(href).split('#');
      const file = path === '' ? page : posix.join(posix.dirname(`/${page}`), path).slice(1);
      const place = path.startsWith('/') ? path.slice(1) : file;
      const target = place === '' || place.endsWith('/') ? `${place}index.html` : place;
      const there = ids.has(target) ? target : `${target}.html`;
      const found = ids.has(there)
        ? anchor === '' || ids.get(there)?.has(anchor)
        : existsSync(join(folder, target));
      return found ? [] : [`${page}: ${href}`];
    }),
  );
  expect(dead).toEqual([]);
  expect(pages.length).toBeGreaterThan(60);
});

test('nothing is fetched from elsewhere', () => {
  const fetched = built().flatMap((path) => {
    if (path.endsWith('.css'))
      return /url\(["']?(https?:)?\/\//.test(readFileSync(join(folder, path), 'utf8')) ? [path] : [];
    if (!path.endsWith('.html')) return [];
    return elements(path)
      .filter(({ tagName }) => tagName !== 'a')
      .flatMap((element) => attribute(element, 'src') ?? attribute(element, 'href') ?? [])
      .filter((address) => /^(https?:)?\/\//.test(address))
      .map((address) => `${path}: ${address}`);
  });
  expect(fetched).toEqual([]);
});
