/** docs/reference/licences.md: what comes with opq from others, by the lock file: the same on every machine. */
import { join, resolve } from 'node:path';
import { dependenciesOf, nameAt, readLock, type Lock } from './dependencies';
import { forSomeSystems, sourceOf } from './sources';
import { sorted, table } from './table';

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

/** Licences that only a file in the package tells, read by a person. */
const READ: Readonly<Record<string, string>> = {
  'SEE LICENSE IN LICENSE.txt': 'NIST’s notice for h5wasm, BSD-3-Clause for the HDF5 library in it',
};

/** @throws Error for a dependency without a licence, or without a checksum of a file of the npm registry */
function dependencyAt(lock: Lock, place: string): Dependency {
  const { version, license: licence, integrity, resolved } = lock[place] ?? {};
  // Left out of the lock file for what comes from the registry that npm is set to.
  const fromRegistry = resolved === undefined || resolved.startsWith('https://registry.npmjs.org/');
  if (
    version === undefined ||
    licence === undefined ||
    integrity?.startsWith('sha512-') !== true ||
    !fromRegistry
  )
    throw new Error(
      `${place} in package-lock.json has no version, licence or integrity, or is not from the npm registry.`,
    );
  return { name: nameAt(place), version, licence: READ[licence] ?? licence };
}

function counts(list: readonly Dependency[]): string {
  const packages = new Map<string, number>();
  for (const { licence } of list) packages.set(licence, (packages.get(licence) ?? 0) + 1);
  return table(
    ['licence', 'packages'],
    sorted(packages.keys()).map((licence) => [licence, packages.get(licence) ?? 0]),
    ['packages'],
  );
}

export function licencesPage(): string {
  const root = resolve(__dirname, '../..');
  const lock = readLock(join(root, 'package-lock.json'));
  const own = Object.keys(lock).filter((place) => /^packages\/[^/]+$/.test(place));
  const published = dependenciesOf(lock, own);
  const users = (name: string): readonly string[] =>
    own
      .filter((place) => Object.hasOwn(lock[place]?.dependencies ?? {}, name))
      .map((place) => place.replace('packages/', ''));
  const rows = new Map(
    [...published.keys()].map((place) => {
      const { name, version, licence } = dependencyAt(lock, place);
      const entry = lock[place];
      const some = entry !== undefined && forSomeSystems(entry) ? 'on some systems' : '';
      const row = [
        name,
        version,
        licence,
        some,
        sorted(users(name)).join(', '),
        sourceOf(root, lock, published, place),
      ];
      return [`${name}@${version}`, row] as const;
    }),
  );
  const development = Object.keys(lock).filter(
    (place) => place.includes('node_modules/') && lock[place]?.link !== true && !published.has(place),
  );
  return [
    '# Licences and sources of dependencies',
    '',
    'Made from `package-lock.json` by `npm run generate`. opq itself is under the Apache License 2.0. Every package comes from the npm registry and is held',
    'to the SHA-512 of its file in `package-lock.json`: `npm ci` refuses other bytes, `npm audit signatures` checks the registry’s signatures.',
    '',
    '## What an installation brings',
    '',
    `${rows.size} packages: what the published packages depend on, directly (asked for by) or through others. Sources are kept where a package's author says; a`,
    'package for some systems has those of the package that asks for it.',
    '',
    table(
      ['package', 'version', 'licence', 'installed', 'asked for by', 'sources'],
      sorted(rows.keys()).map((key) => rows.get(key) ?? []),
    ),
    '',
    '## What only work on opq needs',
    '',
    'Test tools, compilers and builders; none of it is in a package or in what opq emits.',
    '',
    counts(development.map((place) => dependencyAt(lock, place))),
    '',
  ].join('\n');
}
