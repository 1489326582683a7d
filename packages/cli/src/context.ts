import { join } from 'node:path';
import { backendFor, type Backend, type Emission } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { tflite } from '@opq/backend-tflite';
import { backendErrors, cliErrors, OpqError, targetsErrors } from '@opq/errors';
import { driveLoaderOf, portLoaderOf, type Loader, type PortLoader, type Uf2Family } from '@opq/flasher';
import type { Model } from '@opq/ir';
import {
  emitModel,
  loadModel,
  type BoardRequest,
  type CompressionConfig,
  type CompressResult,
  type Config,
  type Storage,
} from '@opq/pipeline';
import { findTarget, isRuntime, nearestNames, type EmitTarget, type Target } from '@opq/targets';
import { compressionOf, type BudgetOptions } from './compression-options';
import { configFor } from './options';

/** What a command works on, from its options and the nearest opq.config.ts. */
export interface Context {
  readonly config: Config | undefined;
  readonly backends: readonly Backend[];
}

/** Where the network comes from. */
export interface ModelOptions {
  readonly model?: string;
  readonly config?: string;
}

export interface SourceOptions extends BudgetOptions, ModelOptions {}

/** @param needed false where a command can do without a config */
export function contextFor(options: ModelOptions, needed = true): Context {
  const config = configFor(options, needed);
  return { config, backends: config?.backends ?? [cortexM(), esp32(), tflite()] };
}

/** A network named as argument is the same as one behind --model. @throws OPQ0909 where both are given */
export function withModel<T extends ModelOptions>(options: T, model: string | undefined): T {
  if (model === undefined) return options;
  if (options.model !== undefined)
    throw cliErrors.usage('Name the network once: as argument or with --model.');
  return { ...options, model };
}

export interface Source {
  readonly model: Model;
  readonly compress: CompressionConfig | false;
}

/** The network to compress and how: flags win over the config. @throws OPQ0901, OPQ0904, OPQ0905, OPQ0909 */
export async function sourceFor(options: SourceOptions, { config }: Context): Promise<Source> {
  const compress = compressionOf(options, options.model === undefined ? config?.compress : undefined);
  if (options.model !== undefined) return { model: await loadModel(options.model), compress };
  if (config === undefined) throw cliErrors.needsModel();
  return { model: await loadModel(join(config.directory, config.model)), compress };
}

export interface Board {
  readonly target: Target;
  readonly port: string | undefined;
}

/** What to emit for: a board of the config, or a target by its name. */
interface Named {
  readonly target: EmitTarget;
  readonly port: string | undefined;
}

/** A board of the config, or a target by its name, that firmware is built for. @throws OPQ0501, OPQ0605 for a runtime */
export function boardFor(name: string, context: Context): Board {
  const { target, port } = targetFor(name, context);
  if (isRuntime(target)) throw backendErrors.runtimeOnly(target.name);
  return { target, port };
}

/** A board of the config, or a target by its name. @throws OPQ0501 with names that are close */
export function targetFor(name: string, { config, backends }: Context): Named {
  const targets = backends.flatMap((backend) => backend.targets);
  const board = config !== undefined && Object.hasOwn(config.boards, name) ? config.boards[name] : undefined;
  if (board !== undefined) return { target: findTarget(board.target, targets), port: board.port };
  const names = targets.flatMap((target) => [target.name, ...target.aliases]);
  if (names.includes(name)) return { target: findTarget(name, targets), port: undefined };
  throw targetsErrors.unknownTarget(
    name,
    nearestNames(name, [...names, ...Object.keys(config?.boards ?? {})]),
  );
}

/** What writes a board's flash over its port: a loader that a config brings, or the one of its chip. @throws OPQ0841 */
export const loaderOf = (target: Target, { backends }: Context): PortLoader | Loader | undefined =>
  portLoaderOf(target, backends[0]?.loaders);

/** How firmware is brought to a board before it is measured, as flags say. */
export interface WriterOptions {
  readonly loader?: PortLoader | 'uf2' | 'none' | undefined;
  readonly drive?: string;
  readonly family: Uf2Family;
}

/**
 * What writes firmware to a board before it is measured: what the flags say, or what its chip brings along.
 * @param port the board's serial line, over which it is measured
 * @throws OPQ0841, OPQ0909
 */
export function writerOf(
  target: Target,
  { loader, drive, family }: WriterOptions,
  port: string | undefined,
  context: Context,
): BoardRequest['loader'] {
  if (drive === undefined) {
    if (loader === 'uf2')
      throw cliErrors.usage('--loader uf2 needs --drive, where the drive of the board is mounted.');
    return loader ?? loaderOf(target, context);
  }
  if (port === undefined)
    throw cliErrors.usage('--drive needs --port, the serial line that the board is measured over.');
  const named = loader ?? target.loader;
  const driveLoader = driveLoaderOf({ loader: named }, context.backends[0]?.loaders ?? [], family);
  if (driveLoader === undefined)
    throw cliErrors.usage(
      `--drive goes with a board that takes a file, or with --loader uf2; ${target.name} has ${named}.`,
    );
  return { driveLoader, folder: drive };
}

/** Where results stand unless the user names a place: beside the config, or in the current folder. */
export const workFolder = ({ config }: Context): string => join(config?.directory ?? process.cwd(), '.opq');

/** The board that stored bytes are counted for: the one named, the first of the config, or the reference board. */
export function storageFor(name: string | undefined, context: Context): Storage {
  const [first = 'qemu-cortex-m4'] = Object.keys(context.config?.boards ?? {});
  return { target: targetFor(name ?? first, context).target, backends: context.backends };
}

/**
 * A backend by its name, with the target that is named or its first: what bytes are counted for and files are written for.
 * @throws OPQ0604 for a target of another backend, OPQ0606 for an unknown backend, OPQ0501
 */
export function backendStorage(name: string, target: string | undefined, context: Context): Storage {
  const backend = context.backends.find((candidate) => candidate.name === name);
  if (backend === undefined)
    throw backendErrors.unknownBackend(
      name,
      context.backends.map((candidate) => candidate.name),
    );
  const [first] = backend.targets;
  if (target === undefined && first !== undefined) return { target: first, backends: [backend] };
  const wanted = targetFor(target ?? name, context).target;
  backendFor(wanted, [backend]);
  return { target: wanted, backends: [backend] };
}

/** What the board stores; undefined, with a word to the user, where it refuses the network. */
export async function emissionFor(
  { compressed }: CompressResult,
  { target, backends }: Storage,
): Promise<Emission | undefined> {
  try {
    return await emitModel(compressed, target, backends);
  } catch (error) {
    if (!(error instanceof OpqError) || error.code !== 'OPQ0601') throw error;
    process.stderr.write(`note: ${error.message}\n`);
    return undefined;
  }
}
