/** Where the sources of an installed package are kept, as its author says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { nameAt, type Lock } from './dependencies';

const manifestSchema = z.object({
  repository: z.union([z.string(), z.object({ url: z.string() })]).optional(),
});

/** Of packages whose package.json does not say it, looked at by a person. */
const UNSAID: Readonly<Record<string, string>> = {
  '@isaacs/nonrecursive-glob-match': 'in the package itself, which names no other place',
};

/** `git+ssh://git@github.com/a/b.git`, `github:a/b` and `a/b` as what a browser opens. */
export const asAddress = (text: string): string =>
  text
    .replace(/^(git\+)?(ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$3/')
    .replace(/^git\+/, '')
    .replace(/^(git|http|ssh):\/\//, 'https://')
    .replace(/^(github:)?([\w.-]+\/[\w.-]+)$/, 'https://github.com/$2')
    .replace(/\.git$/, '');

/** Whether npm installs a package on the systems it names only. */
export const forSomeSystems = ({ os, cpu }: Lock[string]): boolean => os !== undefined || cpu !== undefined;

/**
 * The address of a package's sources. One that is installed on some systems only has that of the package that asks for it: what the
 * machine is that this runs on makes no difference.
 * @param askers who asked for a place first
 * @throws Error where nobody says it
 */
export function sourceOf(
  root: string,
  lock: Lock,
  askers: ReadonlyMap<string, string>,
  place: string,
): string {
  const name = nameAt(place);
  if (UNSAID[name] !== undefined) return UNSAID[name];
  const entry = lock[place];
  const asker = askers.get(place);
  if (entry !== undefined && forSomeSystems(entry) && asker !== undefined && askers.has(asker))
    return sourceOf(root, lock, askers, asker);
  const file = join(root, place, 'package.json');
  const { repository } = existsSync(file)
    ? manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { repository: undefined };
  if (repository === undefined) throw new Error(`${place} does not say where its sources are.`);
  return asAddress(typeof repository === 'string' ? repository : repository.url);
}
