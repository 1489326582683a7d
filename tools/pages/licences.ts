/** docs/reference/licences.md: what comes with opq from others, by the lock file: the same on every machine. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { sorted, table } from './table';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      optional: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Needed only to work on opq itself. */
  readonly development: boolean;
  /** For some systems only, or left out where it cannot be built. */
  readonly optional: boolean;
}

/** Licences that only a file in the package tells, read by a person. */
const READ: Readonly<Record<string, string>> = {
  'SEE LICENSE IN LICENSE.txt': 'NIST’s notice for h5wasm, BSD-3-Clause for the HDF5 library in it',
};

const INSTALLED = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/;

/** @throws Error for a dependency without a licence, or without a checksum of the registry's file */
function dependencies(lock: z.infer<typeof lockSchema>): readonly Dependency[] {
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    const name = INSTALLED.exec(place)?.[1];
    if (name === undefined || entry.link === true) return [];
    const { version, license: licence, integrity } = entry;
    if (version === undefined || licence === undefined || integrity === undefined)
      throw new Error(`${place} in package-lock.json has no version, licence or integrity.`);
    return [
      {
        name,
        version,
        licence: READ[licence] ?? licence,
        development: entry.dev === true || entry.devOptional === true,
        optional: entry.optional === true,
      },
    ];
  });
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
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const all = dependencies(lock);
  const users = new Map<string, string[]>();
  for (const [place, { dependencies: direct }] of Object.entries(lock.packages))
    if (/^packages\/[^/]+$/.test(place))
      for (const name of Object.keys(direct ?? {}))
        users.set(name, [...(users.get(name) ?? []), place.replace('packages/', '')]);
  const rows = new Map(
    all
      .filter(({ development }) => !development)
      .map(({ name, version, licence, optional }) => [
        `${name}@${version}`,
        [name, version, licence, optional ? 'on some systems' : '', sorted(users.get(name) ?? []).join(', ')],
      ]),
  );
  return [
    '# Licences of dependencies',
    '',
    'Made from `package-lock.json` by `npm run generate`. opq itself is under the Apache License 2.0. Every package comes from the npm registry and is held',
    'to the SHA-512 of its file in `package-lock.json`: `npm ci` refuses other bytes, `npm audit signatures` checks the registry’s signatures.',
    '',
    '## What an installation brings',
    '',
    table(
      ['package', 'version', 'licence', 'installed', 'asked for by'],
      sorted(rows.keys()).map((key) => rows.get(key) ?? []),
    ),
    '',
    '## What only work on opq needs',
    '',
    'Test tools, compilers and builders; none of it is in a package or in what opq emits.',
    '',
    counts(all.filter(({ development }) => development)),
    '',
  ].join('\n');
}
