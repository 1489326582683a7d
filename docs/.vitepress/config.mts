import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { defineConfig, type DefaultTheme, type MarkdownOptions } from 'vitepress';
import { readPage, resolveLink, slug } from '../../tools/docs/markdown.ts';
import { markdownFiles, root } from '../../tools/docs/repository.ts';
import { linkedFiles, placeOf, routeOf } from '../../tools/docs/site.ts';

const pages = markdownFiles();

/** Links are written so that they hold in the repository; here they are turned to where the site has the same file. */
const linksOfTheSite: NonNullable<MarkdownOptions['config']> = (markdown) => {
  markdown.core.ruler.push('links-of-the-site', ({ tokens, env }) => {
    const from = relative(root, env.realPath ?? env.path);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      const target = href === null || href.startsWith('#') ? undefined : resolveLink(from, href);
      // Paths from the site's own root are the theme's business.
      if (target === undefined || href?.startsWith('/')) continue;
      const { kind, route } = placeOf(target.path);
      token.attrSet('href', `/${route}${target.anchor === '' ? '' : `#${target.anchor}`}`);
      // No page of the site: the browser is to fetch it.
      if (kind === 'file') token.attrSet('target', '_self');
    }
  });
};

const item = (path: string, text = readPage(path).title): DefaultTheme.SidebarItem => ({
  text,
  link: `/${routeOf(path)}`,
});

const allIn = (folder: string): DefaultTheme.SidebarItem[] =>
  pages.filter((path) => dirname(path) === folder && !path.endsWith('/README.md')).map((path) => item(path));

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: 'Guide',
    items: [
      item('docs/guide/getting-started.md'),
      item('docs/guide/with-a-board.md'),
      item('docs/reference/hil.md'),
      item('docs/mlperf-tiny.md'),
      item('docs/reference/backends.md'),
      item('docs/guide/a-new-chip.md'),
      item('docs/guide/questions.md'),
    ],
  },
  {
    text: 'Method and results',
    items: [item('docs/method.md'), ...allIn('docs/results'), item('docs/examples/ic-resnet8/README.md')],
  },
  {
    text: 'Tables from the code',
    items: [
      item('docs/reference/boards.md'),
      item('docs/reference/operator-support.md'),
      item('docs/errors.md'),
      item('docs/reference/licences.md'),
    ],
  },
  {
    text: 'Reference',
    items: allIn('docs/reference').filter(
      ({ link }) => !/\/(hil|backends|boards|operator-support|licences)$/.test(link ?? ''),
    ),
  },
  {
    text: 'The project',
    items: [
      item('ARCHITECTURE.md'),
      item('CONTRIBUTING.md'),
      { text: 'Decisions', collapsed: true, items: allIn('docs/adr') },
      { text: 'Public interfaces', collapsed: true, items: allIn('docs/api') },
      {
        text: 'Packages',
        collapsed: true,
        items: pages.filter((path) => /^packages\/[^/]+\/README\.md$/.test(path)).map((path) => item(path)),
      },
    ],
  },
];

export default defineConfig({
  title: 'opq',
  description: 'Compress a neural network with one-shot pruning-quantisation and run it on a microcontroller',
  srcDir: '..',
  srcExclude: ['**/.opq/**', '**/dist/**', '**/tmp/**', '**/golden/**', '.changeset/**'],
  outDir: './.vitepress/dist',
  cacheDir: './.vitepress/cache',
  cleanUrls: false,
  // No date of the last change: the same sources give the same site.
  lastUpdated: false,
  rewrites: Object.fromEntries([
    ...pages.map((path) => [path, `${routeOf(path)}.md`]),
    ['docs/source/:path(.*)', 'source/:path(.*)'],
  ]),
  // Words such as <model> stand for something to fill in; no page holds HTML.
  markdown: { html: false, anchor: { slugify: slug }, config: linksOfTheSite },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Getting started', link: '/guide/getting-started' },
      { text: 'Method', link: '/method' },
      { text: 'Results', link: '/results/bench' },
      { text: 'Boards', link: '/reference/boards' },
      { text: 'Errors', link: '/errors' },
    ],
    sidebar,
  },
  buildEnd: ({ outDir }) => {
    for (const path of linkedFiles('file')) {
      const place = join(outDir, placeOf(path).route);
      mkdirSync(dirname(place), { recursive: true });
      copyFileSync(join(root, path), place);
    }
  },
});
