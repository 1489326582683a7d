import { createRequire } from 'node:module';
import { basename, isAbsolute, resolve } from 'node:path';
import {
  requireBackend,
  requireEncoding,
  requireKernelFamily,
  requireLoader,
  type Backend,
  type EmitOptions,
  type Encoding,
  type KernelFamily,
} from '@opq/backend';
import { backendErrors, OpqError } from '@opq/errors';
import { isRuntime, readTarget, type EmitTarget, type Target } from '@opq/targets';
import { guardedBackend, guardedEncoding, guardedKernelFamily, guardedLoader } from './plugin-failures';

/** The lists of a config that packages add to; each holds objects, and names of modules that export them. */
export interface PluginLists {
  /** Of `Backend`. */
  readonly backends: readonly unknown[];
  /** Of what target JSON files hold. */
  readonly targets: readonly unknown[];
  /** Of `Loader` and `DriveLoader`. */
  readonly loaders: readonly unknown[];
  /** Of `KernelFamily`. */
  readonly kernelFamilies: readonly unknown[];
  /** Of `Encoding`. */
  readonly encodings: readonly unknown[];
}

/** No entries. */
const NO_PLUGINS: PluginLists = {
  backends: [],
  targets: [],
  loaders: [],
  kernelFamilies: [],
  encodings: [],
};

/** What a module has to export to be named in a list. */
const EXPORTS = {
  backends: 'backend',
  targets: 'target',
  loaders: 'loader',
  kernelFamilies: 'kernelFamily',
  encodings: 'encoding',
} as const;
type List = keyof typeof EXPORTS;

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** TypeScript that npm has installed: Node does not run it. Packages of a workspace have their real paths elsewhere. */
const UNCOMPILED = /[\\/]node_modules[\\/].*\.[cm]?tsx?$/;

/** What a module exports. @throws OPQ0607, OPQ0633 */
function load(name: string, place: string, file: string): unknown {
  let loaded: unknown;
  try {
    const require = createRequire(resolve(file));
    const entry = require.resolve(name);
    if (UNCOMPILED.test(entry)) throw backendErrors.notCompiled(place, name, basename(entry));
    loaded = require(name);
  } catch (error) {
    if (error instanceof OpqError) throw error;
    throw backendErrors.cannotLoad(place, name, firstLine(error));
  }
  return loaded;
}

const exportsOf = (loaded: unknown): Readonly<Record<string, unknown>> =>
  typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};

/** An export, or what it makes where it is a function. */
const made = (found: unknown): unknown => (typeof found === 'function' ? (found as () => unknown)() : found);

/** @throws OPQ0607, OPQ0608, OPQ0633 */
function fromModule(name: string, list: List, place: string, file: string): unknown {
  const loaded = load(name, place, file);
  if (name.endsWith('.json')) return loaded;
  const exports = exportsOf(loaded);
  const found = exports[EXPORTS[list]];
  if (found === undefined) throw backendErrors.noExport(name, EXPORTS[list], Object.keys(exports));
  return made(found);
}

/** A package that conformance tries: a backend, or what emitted C is made of. */
export type TriedPlugin =
  | { readonly kind: 'backend'; readonly backend: Backend }
  | { readonly kind: 'kernelFamily'; readonly kernelFamily: KernelFamily }
  | { readonly kind: 'encoding'; readonly encoding: Encoding };

/**
 * The first of `backend`, `kernelFamily` and `encoding` that a module exports.
 * @param file names are looked up from its folder
 * @throws OPQ0602, OPQ0603, OPQ0607, OPQ0608, OPQ0633
 */
export function pluginOf(name: string, file: string): TriedPlugin {
  const exports = exportsOf(load(name, 'the command line', file));
  if (exports['backend'] === undefined && exports['kernelFamily'] !== undefined)
    return {
      kind: 'kernelFamily',
      kernelFamily: guardedKernelFamily(requireKernelFamily(made(exports['kernelFamily']), name)),
    };
  if (exports['backend'] === undefined && exports['encoding'] !== undefined)
    return { kind: 'encoding', encoding: guardedEncoding(requireEncoding(made(exports['encoding']), name)) };
  const [backend] = resolvePlugins({ ...NO_PLUGINS, backends: [name] }, file);
  if (backend === undefined) throw backendErrors.noExport(name, 'backend', Object.keys(exports));
  return { kind: 'backend', backend };
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

const namesOf = (list: readonly { readonly name: string }[]): readonly string[] =>
  list.map(({ name }) => name);

/** @throws OPQ0609 */
function demandDistinct(
  kind: Parameters<typeof backendErrors.nameTaken>[0],
  names: readonly string[],
  file: string,
): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw backendErrors.nameTaken(kind, twice, file);
}

/** What packages bring for emitted C, as every backend is handed it. */
function partsOf(lists: PluginLists, file: string): Pick<EmitOptions, 'kernelFamilies' | 'encodings'> {
  const kernelFamilies = entriesOf('kernelFamilies', lists.kernelFamilies, file).map(({ value, what }) =>
    guardedKernelFamily(requireKernelFamily(value, what)),
  );
  const encodings = entriesOf('encodings', lists.encodings, file).map(({ value, what }) =>
    guardedEncoding(requireEncoding(value, what)),
  );
  demandDistinct('kernel family', namesOf(kernelFamilies), file);
  demandDistinct('encoding', namesOf(encodings), file);
  return {
    ...(kernelFamilies.length > 0 && { kernelFamilies }),
    ...(encodings.length > 0 && { encodings }),
  };
}

/**
 * The backends of a config, each with the boards of `targets` that it serves, the loaders that anybody brings, and kernel families
 * and encodings handed to its `emit`: what runs later looks at nothing else.
 * @throws OPQ0502, OPQ0602…OPQ0604, OPQ0607…OPQ0609, OPQ0633
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
  demandDistinct('backend', namesOf(backends), file);
  demandDistinct('loader', namesOf(loaders), file);
  demandDistinct(
    'target',
    namesOf([...backends.flatMap((b): readonly EmitTarget[] => b.targets), ...targets]),
    file,
  );
  const served = new Map<Backend, Target[]>();
  for (const target of targets) {
    const backend = backends.find(({ serves }) => serves?.(target) === true);
    if (backend === undefined) throw backendErrors.noBackend(target.name, namesOf(backends));
    served.set(backend, [...(served.get(backend) ?? []), target]);
  }
  const parts = partsOf(lists, file);
  return backends.map((backend) => ({
    ...backend,
    emit: (model, target, options) => backend.emit(model, target, { ...parts, ...options }),
    targets: [...backend.targets, ...(served.get(backend) ?? [])],
    ...(loaders.length > 0 && { loaders }),
  }));
}

/** Boards of a list of backends, without runtimes. */
export const boardsOf = (backends: readonly Backend[]): readonly Target[] =>
  backends.flatMap((backend) => backend.targets).filter((target): target is Target => !isRuntime(target));

/** Modules that the lists name and that are packages, not files beside the config. */
export const pluginPackages = (lists: PluginLists): readonly string[] =>
  [lists.backends, lists.targets, lists.loaders, lists.kernelFamilies, lists.encodings]
    .flat()
    .filter((entry) => typeof entry === 'string')
    .filter((name) => !name.startsWith('.') && !isAbsolute(name));
