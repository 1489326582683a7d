import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import * as fc from 'fast-check';
import { requireBackend, requireLoader } from '@opq/backend';
import { parseTarget } from '@opq/targets';
import { backendGenerator, loaderGenerator, targetGenerator } from '../src/generators';
import { changeConfig } from '../src/generators/config-file';
import { requireFolder, requireName } from '../src/generators/names';

const CONFIG = `import { cortexM } from '@opq/backend-cortex-m';
import { defineConfig } from '@opq/pipeline';

// Ours.
export default defineConfig({
    model: "m.tflite", // two spaces are for others
    compress: false,
    backends: [
        cortexM(), // Arm
    ],
    boards: {
        /** The one on the desk. */
        desk: { target: "qemu-cortex-m4", port: "/dev/x" },
    },
});
`;

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write('app/opq.config.ts', CONFIG);
});
const changed = (): readonly string[] =>
  tree
    .listChanges()
    .map(({ path }) => path)
    .filter((path) => path.includes('acme'));
const text = (path: string): string => tree.read(path, 'utf8') ?? '';
const options = { name: 'acme', skipInstall: true };

describe('an edited config keeps what it does not change', () => {
  const change = {
    entry: { list: 'backends', module: 'opq-backend-acme' },
    board: { name: 'acme', target: 'acme' },
  } as const;
  const lines = (before: string, after: string): readonly string[] =>
    after.split('\n').filter((line) => !before.split('\n').includes(line));

  test('comments, quotes and indents stay; only two places differ', () => {
    const after = changeConfig(CONFIG, change, 'opq.config.ts');
    for (const line of CONFIG.split('\n').filter(
      (l) => l.includes('//') || l.includes('/**') || l.includes('"'),
    ))
      expect(after).toContain(line.trim());
    expect(lines(CONFIG, after).length).toBeLessThanOrEqual(4);
    expect(after).toContain("'opq-backend-acme'");
    expect(after).toMatch(/acme: \{ target: 'acme' \}/);
    expect(changeConfig(after, change, 'opq.config.ts')).toBe(after);
  });

  test.each([
    ["export default { model: 'm', backends: [], boards: {} };"],
    ["const config = { model: 'm' };\nexport default config;"],
    ["const c = defineConfig({ model: 'm', backends: [a()] });\nexport default c;"],
    ["export default { model: 'm' } satisfies object;"],
  ])('%s', (before) => {
    const after = changeConfig(before, change, 'opq.config.ts');
    expect(after).toMatch(/backends: \[(a\(\), )?'opq-backend-acme'\]/);
    expect(after).toMatch(/boards: \{\s*acme: \{ target: 'acme' \}/);
  });

  test.each([
    ['export default make();', 'OPQ2104'],
    ['module.exports = {};', 'OPQ2104'],
    ['export default { backends: all() };', 'OPQ2104'],
    ['export default { boards };', 'OPQ2104'],
    ["export default { boards: { acme: { target: 'other' } } };", 'OPQ2105'],
  ])('%s is refused', (before, code) => {
    expect(() => changeConfig(before, change, 'opq.config.ts')).toThrow(expect.objectContaining({ code }));
  });
});

test('a backend is a package with all it needs, named in the config; again, nothing changes', async () => {
  await backendGenerator(tree, options);
  expect(changed()).toEqual([
    'packages/opq-backend-acme/package.json',
    'packages/opq-backend-acme/README.md',
    'packages/opq-backend-acme/src/index.ts',
    'packages/opq-backend-acme/targets/acme.json',
    'packages/opq-backend-acme/firmware-templates/acme/template.json',
    'packages/opq-backend-acme/firmware-templates/acme/drivers/uart_acme.c',
  ].concat(changed().filter((path) => /tsconfig|test/.test(path)))); // prettier-ignore
  const board = parseTarget(text('packages/opq-backend-acme/targets/acme.json'), 'acme.json');
  expect(board).toMatchObject({ name: 'acme', template: 'acme', uart: { driver: 'acme' } });
  expect(JSON.parse(text('package.json')).workspaces).toContain('packages/opq-backend-acme');
  const before = tree.listChanges().map(({ path, content }) => [path, content?.toString()]);
  await backendGenerator(tree, options);
  expect(tree.listChanges().map(({ path, content }) => [path, content?.toString()])).toEqual(before);
});

test('what somebody wrote is not overwritten, and nothing else is written then', async () => {
  tree.write('packages/opq-backend-acme/src/index.ts', 'mine');
  await expect(backendGenerator(tree, options)).rejects.toThrow(/OPQ2102.*src\/index\.ts/);
  expect(changed()).toEqual(['packages/opq-backend-acme/src/index.ts']);
});

test('a target stands beside its config, and a loader is a package', async () => {
  await targetGenerator(tree, { name: 'acme', like: 'netduinoplus2' });
  const json = text('app/targets/acme.json');
  expect(json).toContain('"origin": "0x08000000"');
  expect(parseTarget(json, 'acme.json').uart.driver).toBe('stm32');
  expect(text('app/opq.config.ts')).toContain("targets: ['./targets/acme.json']");
  await loaderGenerator(tree, options);
  expect(text('app/opq.config.ts')).toContain("loaders: ['opq-loader-acme']");
  expect(tree.exists('packages/opq-loader-acme/src/index.ts')).toBe(true);
});

test.each([
  [{ ...options, config: 'none/opq.config.ts' }, /OPQ2103/],
  [{ ...options, like: 'qemu-cortex-m5' }, /OPQ0501/],
  [{ ...options, name: 'qemu-cortex-m4' }, /OPQ2101/],
  [{ ...options, packageName: 'a b' }, /OPQ2101/],
  [{ ...options, directory: '../elsewhere' }, /OPQ2106/],
])('%j is refused before anything is written', async (given, message) => {
  await expect(backendGenerator(tree, given)).rejects.toThrow(message);
  expect(changed()).toEqual([]);
});

test('two configs: one has to be named', async () => {
  tree.write('other/opq.config.ts', CONFIG);
  await expect(backendGenerator(tree, options)).rejects.toThrow(/OPQ2103.*app\/opq.config.ts, other/);
  await backendGenerator(tree, { ...options, config: 'other/opq.config.ts' });
  expect(text('app/opq.config.ts')).toBe(CONFIG);
});

test('names that would do harm are refused, whatever they are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      try {
        expect(requireName('backend', name)).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'OPQ2101' });
      }
      try {
        expect(resolve('/w', requireFolder(name))).toMatch(/^\/w\/./);
      } catch (error) {
        expect(error).toMatchObject({ code: 'OPQ2106' });
      }
    }),
  );
});

describe('what is made runs without a hand touching it', () => {
  const root = resolve(__dirname, '../../..');
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'opq-made-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const place = (): void => {
    for (const { path, content } of tree.listChanges()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content ?? '');
    }
  };
  /** Checked as strictly as opq itself, whose sources it sees. */
  const typed = (): void => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const config = { extends: join(root, 'tsconfig.base.json'), include: ['packages/*/src/**/*.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    execFileSync(process.execPath, [compiler, '--noEmit', '-p', folder], { encoding: 'utf8' });
  };

  test('backend and loader have the right types and the contract’s shape', async () => {
    await backendGenerator(tree, options);
    await loaderGenerator(tree, options);
    place();
    typed();
    const made = (path: string): Record<string, () => unknown> => jest.requireActual(join(folder, path));
    const backend = requireBackend(made('packages/opq-backend-acme/src/index.ts')['backend']!(), 'acme');
    expect(backend.targets.map(({ name }) => name)).toEqual(['acme']);
    expect(requireLoader(made('packages/opq-loader-acme/src/index.ts')['loader']!(), 'acme').name).toBe(
      'acme',
    );
  }, 120_000);
});
