/** The checks of packages, on packages that are made wrong; and what `npm run pack` says to a wrong command line. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../tools/docs/repository';
import { apiPage, typedEntries } from '../../tools/pack/api';
import { packageProblems } from '../../tools/pack/check';
import { parseManifest, publishedManifest } from '../../tools/pack/manifest';
import { withoutLinksOut } from '../../tools/pack/readme';

const folder = mkdtempSync(join(tmpdir(), 'opq-checks-'));
const MACHINE = [root];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('checks', () => {
  const sound: Readonly<Record<string, string>> = {
    'package.json': JSON.stringify({
      name: 'sound', license: 'Apache-2.0', main: './src/index.js', types: './src/index.d.ts',
      exports: { '.': { types: './src/index.d.ts', default: './src/index.js' } }, dependencies: { known: '1.0.0' },
    }), // prettier-ignore
    LICENSE: 'a licence',
    'README.md': 'about it',
    'src/index.js': `const a = require('node:fs'), b = require('known/part'), c = require('./other'); require('../package.json');`,
    'src/index.d.ts': `export type { A } from './other';`,
    'src/other.js': '',
    'src/other.d.ts': 'export type A = number;',
  };

  const breaks: readonly (readonly [string, Readonly<Record<string, string | undefined>>, RegExp])[] = [
    ['no licence', { LICENSE: undefined }, /LICENSE is missing/],
    ['another licence', { 'package.json': sound['package.json']?.replace('Apache-2.0', 'MIT') }, /does not name the licence/],
    ['a source', { 'src/left.ts': '' }, /src\/left\.ts is not compiled/],
    ['a test', { 'src/test/a.js': '' }, /src\/test\/a\.js is for work/],
    ['no types', { 'src/index.d.ts': undefined }, /exports \. names \.\/src\/index\.d\.ts, which is not packed/],
    ['an import of nobody', { 'src/other.js': `require('unknown')` }, /other\.js imports unknown, which is no dependency/],
    ['an import of types', { 'src/other.d.ts': `import type { A } from '@un/known/part'; export { A };` }, /other\.d\.ts imports @un\/known\/part, which is no dependency/],
    ['a file that is gone', { 'src/other.js': `require.resolve('./gone.wasm')` }, /imports \.\/gone\.wasm, which is not packed/],
    ['a folder that is not to be published', { 'package.json': sound['package.json']?.replace('{', '{"private":true,') }, /package\.json is private/],
    ['a link', { 'README.md': 'see [how](../../docs/how.md), [where](src/index.js), [who](https://example.org)' }, /^README\.md links to \.\.\/\.\.\/docs\/how\.md, which is not packed$/],
    ['a path', { 'src/other.js': `// ${root}/src` }, /other\.js holds a path of this machine/],
  ]; // prettier-ignore

  test.each([['nothing', {}, undefined] as const, ...breaks])('%s', (name, change, problem) => {
    const place = join(folder, 'checks', name);
    for (const [path, text] of Object.entries({ ...sound, ...change })) {
      mkdirSync(join(place, path, '..'), { recursive: true });
      if (text !== undefined) writeFileSync(join(place, path), text);
    }
    const found = packageProblems(place, MACHINE);
    if (problem === undefined) expect(found).toEqual([]);
    else expect(found.join('\n')).toMatch(problem);
  });

  test('the page of an interface has every exported name, sorted, without comments', () => {
    const declarations = new Map([
      ['src/index.d.ts', `export { b as c } from './b';\nexport * from './a';\nexport { far } from 'elsewhere';\n`],
      ['src/a.d.ts', '/** About it. */\nexport interface A {\n    /** Of it. */\n    readonly size: number;\n}\nexport declare const z: A;\n'],
      ['src/b.d.ts', 'export declare function b(): void;\nexport declare function hidden(): void;\n'],
    ]); // prettier-ignore
    const page = apiPage('x', typedEntries('x', { '.': { types: './src/index.d.ts' }, './package.json': './package.json' }), declarations); // prettier-ignore
    expect(page).toBe(
      '# x\n\nMade by `npm run api` from the types that are published.\n\n## x\n\n```typescript\n' +
        'export interface A {\n    readonly size: number;\n}\nexport declare function b(): void;\nexport { b as c };\n' +
        "export { far } from 'elsewhere';\nexport declare const z: A;\n```\n",
    );
  });

  test('links out of a package become plain, others stay', () => {
    const has = (path: string): boolean => ['README.md', 'src/a.c'].includes(path);
    const text =
      'see [docs/how.md](../../docs/how.md), [`docs`](../../docs/README.md#x), [it](../other/README.md), [a](./src/a.c), [b](#b), [c](https://c.org)';
    expect(withoutLinksOut(text, 'README.md', 'packages/one/README.md', has)).toBe(
      'see docs/how.md, docs/README.md, it (packages/other/README.md), [a](./src/a.c), [b](#b), [c](https://c.org)',
    );
  });

  test('types of an entry that is called otherwise than its file are found without exports', () => {
    const manifest = parseManifest(JSON.stringify({
      name: 'x', version: '1.0.0', private: true, license: 'Apache-2.0', type: 'commonjs',
      exports: { '.': './src/index.ts', './jest': './src/jest.ts', './testing': './testing/index.ts' },
    })); // prettier-ignore
    expect(publishedManifest(manifest, ['src'])).toMatchObject({
      typesVersions: { '*': { jest: ['./src/jest.d.ts'] } },
    });
  });

  test('npm does not publish a folder of the workspace', () => {
    for (const name of readdirSync(join(root, 'packages')))
      expect(JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))).toMatchObject({
        private: true,
      });
    const args = ['publish', '--dry-run', '--offline', '--ignore-scripts'];
    const { stderr } = spawnSync('npm', args, {
      cwd: join(root, 'packages/errors'),
      encoding: 'utf8',
    });
    expect(stderr).toContain('Skipping workspace @opq/errors, marked as private');
  });

  test('an option that does not exist is told', () => {
    const { status, stderr } = spawnSync(process.execPath, ['-r', '@swc-node/register', 'tools/pack/main.ts', '--ouput', folder], { cwd: root, encoding: 'utf8' }); // prettier-ignore
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown option '--ouput'/);
  });
});
