/** docs/reference/licences.md against what npm says is installed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/docs/repository';
import { dependenciesOf, type Lock } from '../../tools/pages/dependencies';
import { asAddress } from '../../tools/pages/sources';

interface Listed {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, Listed>>;
}

test('every package that ours depend on, by npm’s own account, has a row with licence and sources', () => {
  const page = readFileSync(join(root, 'docs/reference/licences.md'), 'utf8');
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const known = new Map(rows.map(([, name, version, licence, , , sources]) => [`${name}@${version}`, [licence, sources]])); // prettier-ignore
  const ours = [...new Set(execFileSync('npm', ['query', '.workspace', '--json'], { cwd: root, encoding: 'utf8' }).match(/@opq\/[a-z0-9-]+(?=@)/g))]; // prettier-ignore
  expect(ours.length).toBeGreaterThan(20);
  // There because this repository has it, and used by others where it is: an installation does not bring it.
  const { packages }: { packages: Record<string, { version?: string; devOptional?: boolean }> } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')); // prettier-ignore
  const peers = new Set(
    Object.entries(packages)
      .filter(([, { devOptional }]) => devOptional === true)
      .map(([place, { version }]) => `${place.replace(/^.*node_modules\//, '')}@${version}`),
  );
  const found = new Set<string>();
  const collect = ({ dependencies = {} }: Listed): void => {
    for (const [name, entry] of Object.entries(dependencies)) {
      const one = `${name}@${entry.version}`;
      if (peers.has(one)) continue;
      if (entry.version !== undefined && !name.startsWith('@opq/')) found.add(one);
      collect(entry);
    }
  };
  const args = ['ls', '--all', '--json', '--omit=dev', ...ours.flatMap((name) => ['-w', name])];
  collect(JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })));
  expect(found.size).toBeGreaterThan(200);
  for (const name of found)
    expect([name, known.get(name)]).toEqual([
      name,
      [expect.stringMatching(/\w/), expect.stringMatching(/\w/)],
    ]);
});

test('dependencies are found as Node finds them, peers too; who asked first is kept', () => {
  const entry = (dependencies = {}, more = {}): Lock[string] => ({
    dependencies, optionalDependencies: {}, peerDependencies: {}, peerDependenciesMeta: {}, ...more,
  }); // prettier-ignore
  const lock: Lock = {
    'packages/one': entry({ a: '1', '@x/b': '1', two: '1' }),
    'packages/two': entry({ e: '1' }),
    'node_modules/two': { ...entry(), link: true },
    'node_modules/a': entry({ '@x/b': '2' }, { optionalDependencies: { c: '1', gone: '1' } }),
    'node_modules/a/node_modules/@x/b': entry(),
    'node_modules/@x/b': entry({}, { peerDependencies: { d: '1', f: '1' }, peerDependenciesMeta: { f: { optional: true } } }),
    'node_modules/c': entry(),
    'node_modules/d': entry(),
    'node_modules/e': entry(),
    'node_modules/f': entry(),
  }; // prettier-ignore
  expect([...dependenciesOf(lock, ['packages/one', 'packages/two'])].sort()).toEqual([
    ['node_modules/@x/b', 'packages/one'],
    ['node_modules/a', 'packages/one'],
    ['node_modules/a/node_modules/@x/b', 'node_modules/a'],
    ['node_modules/c', 'node_modules/a'],
    ['node_modules/d', 'node_modules/@x/b'],
    ['node_modules/e', 'packages/two'],
  ]);
});

test.each([
  'git+https://github.com/a/b.git', 'git://github.com/a/b.git', 'git+ssh://git@github.com/a/b.git', 'git@github.com:a/b.git', 'github:a/b', 'a/b', 'http://github.com/a/b',
])('%s is an address', (text) => expect(asAddress(text)).toBe('https://github.com/a/b')); // prettier-ignore
