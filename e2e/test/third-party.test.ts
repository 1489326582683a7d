import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const EXAMPLE = 'third-party-backend';

function node(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  return spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 900_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  });
}

const bin = (name: string): string => resolve(root, 'node_modules', name);

test('the example is no part of the workspace', () => {
  const npm = spawnSync('npm', ['query', '.workspace'], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(npm.stdout).toContain('@opq/cli');
  expect(npm.stdout).not.toContain('opq-backend-rp2040');
  const projects = node({}, bin('nx/dist/bin/nx.js'), 'show', 'projects').stdout;
  expect(projects).toContain('@opq/cli');
  expect(projects).not.toContain('rp2040');
  const compiled = node({}, bin('typescript/bin/tsc'), '-p', 'tsconfig.json', '--listFilesOnly').stdout;
  expect(compiled).toContain('e2e/test/third-party.test.ts');
  expect(compiled).not.toContain(EXAMPLE);
  const linted = node({}, bin('eslint/bin/eslint.js'), `e2e/${EXAMPLE}/src/index.ts`);
  expect(linted.stdout).toMatch(/File ignored/);
}, 240_000);
