import { createRequire } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { requireBackend, requireLoader, type Backend } from '@opq/backend';
import { backendErrors, OpqError } from '@opq/errors';
import { isRuntime, readTarget, type EmitTarget, type Target } from '@opq/targets';
import { guardedBackend, guardedLoader } from './plugin-failures';

/** The lists of a config that packages add to; each holds objects, and names of modules that export them. */
export interface PluginLists {
  readonly backends: readonly unknown[];
  readonly targets: readonly unknown[];
  readonly loaders: readonly unknown[];
}

/** What a module has to export to be named in a list. */
const EXPORTS = { backends: 'backend', targets: 'target', loaders: 'loader' } as const;
type List = keyof typeof EXPORTS;

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** @throws OPQ0607, OPQ0608 */
function fromModule(name: string, list: List, place: string, file: string): unknown {
  let loaded: unknown;
  try {
    const require = createRequire(resolve(file));
    loaded = require(name);
  } catch (error) {
    if (error instanceof OpqError) throw error;
    throw backendErrors.cannotLoad(place, name, firstLine(error));
  }
  if (name.endsWith('.json')) return loaded;
  const member = EXPORTS[list];
  const exports: Readonly<Record<string, unknown>> =
    typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
  const found = exports[member];
  if (found === undefined) throw backendErrors.noExport(name, member, Object.keys(exports));
  return typeof found === 'function' ? (found as () => unknown)() : found;
}

/** Every entry of a list as a value, with how messages call it. */
const entriesOf = (
  list: List,
  entries: readonly unknown[],
  file: string,
): readonly { readonly value: unknown; readonly what: string }[] =>
  entries.map((entry, i) => {
    const place = `${list}[${i}] of ${file}`;
    return typeof entry === 'string'
      ? { value: fromModule(entry, list, place, file), what: entry }
      : { value: entry, what: place };
  });

/** @throws OPQ0609 */
function demandDistinct(kind: 'target' | 'loader' | 'backend', names: readonly string[], file: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw backendErrors.nameTaken(kind, twice, file);
}

/**
 * The backends of a config, each with the boards of `targets` that it serves and the loaders that anybody brings: what runs later
 * looks at nothing else.
 * @throws OPQ0502, OPQ0602…OPQ0604, OPQ0607…OPQ0609
 */
export function resolvePlugins(lists: PluginLists, file: string): readonly Backend[] {
  const backends = entriesOf('backends', lists.backends, file).map(({ value, what }) =>
    guardedBackend(requireBackend(value, what)),
  );
  const loaders = [
    ...entriesOf('loaders', lists.loaders, file).map(({ value, what }) =>
      guardedLoader(requireLoader(value, what)),
    ),
    ...backends.flatMap((backend) => backend.loaders ?? []),
  ];
  const targets = entriesOf('targets', lists.targets, file).map(({ value, what }) => readTarget(value, what));
  const names = (list: readonly { readonly name: string }[]): readonly string[] =>
    list.map(({ name }) => name);
  demandDistinct('backend', names(backends), file);
  demandDistinct('loader', names(loaders), file);
  demandDistinct(
    'target',
    names([...backends.flatMap((b): readonly EmitTarget[] => b.targets), ...targets]),
    file,
  );
  const served = new Map<Backend, Target[]>();
  for (const target of targets) {
    const backend = backends.find(({ serves }) => serves?.(target) === true);
    if (backend === undefined) throw backendErrors.noBackend(target.name, names(backends));
    served.set(backend, [...(served.get(backend) ?? []), target]);
  }
  return backends.map((backend) => ({
    ...backend,
    targets: [...backend.targets, ...(served.get(backend) ?? [])],
    ...(loaders.length > 0 && { loaders }),
  }));
}

/** Boards of a list of backends, without runtimes. */
export const boardsOf = (backends: readonly Backend[]): readonly Target[] =>
  backends.flatMap((backend) => backend.targets).filter((target): target is Target => !isRuntime(target));

/** Modules that the lists name and that are packages, not files beside the config. */
export const pluginPackages = ({ backends, targets, loaders }: PluginLists): readonly string[] =>
  [...backends, ...targets, ...loaders]
    .filter((entry) => typeof entry === 'string')
    .filter((name) => !name.startsWith('.') && !isAbsolute(name));
