import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'opq-register-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a program of several files prints, the first of them required. */
function run(name: string, files: Readonly<Record<string, string>>): { output: string; problems: string } {
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, name, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  const first = join(folder, name, Object.keys(files)[0] ?? '');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', resolve(__dirname, '../index.cjs'), '-e', 'require(process.argv[1])', first],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { output: stdout, problems: stderr };
}

const TYPED = 'export const answer = (a: number): number => a satisfies number;';

test.each(['commonjs', 'module'])('a .ts file is compiled where package.json says type %s', (type) => {
  const { output, problems } = run(`plain-${type}`, {
    'config.ts': `import { join } from 'node:path'; import { answer } from './part'; console.log(answer(7), typeof join);`,
    'part.ts': TYPED,
    'package.json': JSON.stringify({ type }),
  });
  expect({ output, problems }).toEqual({ output: '7 function\n', problems: '' });
});

test('generic arrow functions are TypeScript, not elements; .cts and .mts are compiled too', () => {
  const { output, problems } = run('kinds', {
    'config.ts': `import { one } from './one.cts'; import { two } from './two.mts'; const same = <T>(x: T): T => x; console.log(same(one), same(two));`,
    'one.cts': 'export const one: number = 1;',
    'two.mts': 'export const two: number = 2;',
  });
  expect({ output, problems }).toEqual({ output: '1 2\n', problems: '' });
});

test('an import of what is a type only is gone', () => {
  const { output, problems } = run('types', {
    'config.ts': `import type { Missing } from 'nowhere'; const value: Missing = 3; console.log(value);`,
  });
  expect({ output, problems }).toEqual({ output: '3\n', problems: '' });
});

test('a file that is no TypeScript is named with its line', () => {
  const { problems } = run('wrong', { 'config.ts': 'export const a = 1;\nexport const = 2;\n' });
  expect(problems).toMatch(/config\.ts:2/);
});

test('what is installed is left to Node, which does not run TypeScript there: the message says so', () => {
  const { problems } = run('installed', {
    'config.ts': `import { answer } from 'typed'; console.log(answer(1));`,
    'node_modules/typed/package.json': JSON.stringify({ name: 'typed', main: './index.ts' }),
    'node_modules/typed/index.ts': TYPED,
  });
  expect(problems).toMatch(
    /Error: \S+node_modules\/typed\/index\.ts is TypeScript, which Node does not run under node_modules: its package has to export JavaScript$/m,
  );
});

test('an error of what is installed stays what it is', () => {
  const { problems } = run('broken', {
    'config.ts': `import 'broken';`,
    'node_modules/broken/package.json': JSON.stringify({ name: 'broken', main: './index.ts' }),
    'node_modules/broken/index.ts': 'throw new RangeError("its own");',
  });
  expect(problems).toMatch(/^RangeError: its own$/m);
  expect(problems).not.toMatch(/is TypeScript/);
});
