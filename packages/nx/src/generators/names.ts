import { generatorErrors } from '@opq/errors';
import { builtInTargets } from '@opq/targets';

/** Names that stand for something else among the targets of an Nx project or in a package's folder. */
const TAKEN: readonly string[] = ['compress', 'node-modules', 'favicon-ico'];

/**
 * A name that becomes part of packages, folders, C files, and names of boards.
 * @throws OPQ2101
 */
export function requireName(what: string, name: string): string {
  const refuse = (reason: string): never => {
    throw generatorErrors.badName(what, name, reason);
  };
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) refuse('it has other characters than names may have');
  if (name.length > 40) refuse('it is too long');
  if (TAKEN.includes(name) || name.startsWith('emit-')) refuse('it has a meaning of its own');
  if (builtInTargets.some((target) => target.name === name || target.aliases.includes(name)))
    refuse('a target of opq is called so');
  return name;
}

/** What npm takes as the name of a package, with or without a scope. @throws OPQ2101 */
export function requirePackageName(name: string): string {
  if (name.length > 200 || !/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name))
    throw generatorErrors.badName('package', name, 'npm takes no such name');
  return name;
}

/** A folder inside the workspace, with forward slashes. @throws OPQ2106 */
export function requireFolder(folder: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  const sound =
    parts.length > 0 && !folder.startsWith('/') && parts.every((part) => /^[\w@][\w.@-]*$/.test(part));
  if (!sound) throw generatorErrors.outside(folder);
  return parts.join('/');
}
