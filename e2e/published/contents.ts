/** What is in the tarballs. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/docs/repository';
import { apiPage, typedEntries } from '../../tools/pack/api';
import { filesIn, packageProblems } from '../../tools/pack/check';
import { contents, MACHINE, manifestOf, node, packed, shortName, tarballs } from './place';

export function contentsAreWhole(): void {
  test('every package is packed, and its sizes are what is said', () => {
    expect(
      packed()
        .map(({ name }) => shortName(name))
        .sort(),
    ).toEqual(readdirSync(join(root, 'packages')).sort());
    for (const { name, tarball, files, packedBytes, unpackedBytes } of packed()) {
      expect(statSync(join(tarballs, tarball)).size).toBe(packedBytes);
      const own = filesIn(join(contents, shortName(name)));
      expect([...own].sort()).toEqual([...files].sort());
      expect(own.reduce((sum, path) => sum + statSync(join(contents, shortName(name), path)).size, 0)).toBe(unpackedBytes); // prettier-ignore
    }
  });

  test('nothing is wrong with any of them', () => {
    expect(packed().flatMap(({ name }) => packageProblems(join(contents, shortName(name)), MACHINE).map((problem) => `${name}: ${problem}`))).toEqual([]); // prettier-ignore
  });

  test('every source is there as code and as types, with the files it reads beside it', () => {
    const of = (name: string, path: RegExp): number => filesIn(join(contents, name)).filter((file) => path.test(file)).length; // prettier-ignore
    for (const { name } of packed())
      expect([name, of(shortName(name), /^(src|testing|conformance)\/.*(?<!worker|thread)\.js$/)]).toEqual([name, of(shortName(name), /(?<!worker|thread)\.d\.ts$/)]); // prettier-ignore
    expect(of('kernels', /^src\/.*\.c$/)).toBe(filesIn(join(root, 'packages/kernels/src')).filter((file) => file.endsWith('.c')).length); // prettier-ignore
    expect(of('firmware', /^firmware-templates\//)).toBe(filesIn(join(root, 'firmware-templates')).length);
    expect(of('targets', /^boards\//)).toBe(readdirSync(join(root, 'packages/targets/boards')).length);
  });

  test('docs/api holds what the published types say', () => {
    const pages = packed().flatMap(({ name }) => {
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
    for (const { tarball } of packed()) {
      const list = execFileSync('tar', ['--numeric-owner', '--utc', '-tvzf', join(tarballs, tarball)], { encoding: 'utf8' }); // prettier-ignore
      for (const line of list.trim().split('\n')) expect(line).toMatch(/^-rw.r-.r-. 0\/0 +\d+ 1985-10-26 08:15 package\//); // prettier-ignore
    }
  });

  test('publint and are-the-types-wrong find nothing', () => {
    const folders = packed().map(({ name }) => join(contents, shortName(name)));
    const files = packed().map(({ tarball }) => join(tarballs, tarball));
    expect(node([join(root, 'tools/pack/judges.mjs'), ...files, ...folders], root)).toBe('');
  });
}
