/** What an installation of published packages brings with it, by a lock file of npm. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const entrySchema = z.object({
  version: z.string().optional(),
  license: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  optional: z.boolean().optional(),
  /** Only there where a package is for some systems. */
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().default(false) })).default({}),
});
const lockSchema = z.object({ packages: z.record(z.string(), entrySchema) });

type Entry = z.infer<typeof entrySchema>;
/** Packages by their places, such as `node_modules/a/node_modules/b`. */
export type Lock = Readonly<Record<string, Entry>>;

export const readLock = (path: string): Lock =>
  lockSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).packages;

/** What npm installs with a package: peers too, except those that are only used where they are. */
const neededBy = ({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }: Entry) => [
  ...Object.keys(dependencies),
  ...Object.keys(optionalDependencies),
  ...Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true),
];

/** The place that Node finds a name at, from another place; undefined where it is not installed. */
function placeOf(lock: Lock, name: string, from: string): string | undefined {
  const folders = from.split('/');
  for (let length = folders.length; length >= 0; length--) {
    const place = [...folders.slice(0, length), 'node_modules', name].join('/');
    if (lock[place] !== undefined) return place;
  }
  return undefined;
}

/**
 * Every place that packages need, all the way down, with the place that asked for it first.
 * @param roots places of packages; they are not among the result
 */
export function dependenciesOf(lock: Lock, roots: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const waiting = [...roots];
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    const entry = lock[place];
    if (entry === undefined) continue;
    for (const name of [...neededBy(entry)].sort()) {
      const next = placeOf(lock, name, place);
      if (next === undefined || found.has(next) || roots.includes(next) || lock[next]?.link === true)
        continue;
      found.set(next, place);
      waiting.push(next);
    }
  }
  return found;
}

/** The name of the package at a place. */
export const nameAt = (place: string): string => place.replace(/^(.*\/)?node_modules\//, '');
