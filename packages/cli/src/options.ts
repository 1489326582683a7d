import { dirname, extname, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { cliErrors, dataErrors, OpqError } from '@opq/errors';
import { openDataset, parseDescription, type Dataset, type DatasetDescription } from '@opq/data';
import { tensorOf, type Model } from '@opq/ir';
import { findConfig, loadConfig, type Config, type Placement } from '@opq/pipeline';
import { OPTIMIZE, type Optimize } from '@opq/backend';

/** Options as commander gives them; every number is checked here. */
export interface DataOptions {
  readonly data?: string;
  readonly dataType?: string;
  readonly dataScale?: number;
  readonly dataZeroPoint?: number;
  readonly labels?: string;
  readonly labelsColumn?: number;
}

/** A finite number from the command line. @throws OPQ0909 */
export function numeric(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw cliErrors.usage(`"${text}" is not a number.`);
  return value;
}

/** What to optimise. @throws OPQ0909 */
export function optimizeGoal(text: string): Optimize {
  const goal = OPTIMIZE.find((name) => name === text);
  if (goal === undefined)
    throw cliErrors.usage(`--optimize is one of ${OPTIMIZE.join(', ')}, not "${text}".`);
  return goal;
}

/** Options of placement as commander gives them. */
export interface PlacementOptions {
  readonly optimize?: Optimize;
  readonly ram?: number;
}

/** How to emit: flags win over the config. */
export const placementFor = (options: PlacementOptions, config: Config | undefined): Placement => {
  const optimize = options.optimize ?? config?.optimize;
  const ram = options.ram ?? config?.ram;
  return { ...(optimize !== undefined && { optimize }), ...(ram !== undefined && { ram }) };
};

/** A whole number above zero. @throws OPQ0909 */
export function count(text: string): number {
  const value = numeric(text);
  if (!Number.isInteger(value) || value < 1)
    throw cliErrors.usage(`"${text}" is not a whole number above zero.`);
  return value;
}

/**
 * The config a command works with: the one that is named; with `--model` none; else the nearest one.
 * @param needed false where a command can do without
 * @throws OPQ0901 when it is needed and missing
 */
export function configFor(
  options: { readonly model?: string; readonly config?: string },
  needed: boolean,
): Config | undefined {
  if (options.config !== undefined) return loadConfig(options.config);
  if (options.model !== undefined) return undefined;
  try {
    return loadConfig(findConfig(process.cwd()));
  } catch (error) {
    if (!needed && error instanceof OpqError && error.code === 'OPQ0901') return undefined;
    throw error;
  }
}

/** Shape of a model's input without the batch. */
export function inputShape(model: Model): readonly number[] {
  const [id] = model.inputs;
  return id === undefined ? [] : tensorOf(model, id).shape.slice(1);
}

/** What the data flags describe: a .json description, or a raw file with its type. @throws OPQ0407, OPQ0909 */
function describe(
  options: DataOptions,
  file: string,
  model: Model,
): { readonly description: DatasetDescription; readonly base: string } {
  if (extname(file) === '.json') {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw dataErrors.cannotRead(file, error instanceof Error ? error.message : 'unknown');
    }
    return { description: parseDescription(value, file), base: dirname(resolve(file)) };
  }
  const type = options.dataType ?? 'u8';
  if (type !== 'u8' && type !== 'i8' && type !== 'f32')
    throw cliErrors.usage(`--data-type is u8, i8 or f32, not "${type}".`);
  const [id] = model.inputs;
  const quantisation = id === undefined ? undefined : tensorOf(model, id).quantisation;
  // int8 bytes for an int8 model are its input as it stands, unless a scale says otherwise.
  const own =
    type === 'i8' && options.dataScale === undefined && options.dataZeroPoint === undefined
      ? quantisation
      : undefined;
  const description: DatasetDescription = {
    format: 'raw',
    samples: file,
    type,
    scale: options.dataScale ?? own?.scales[0],
    zeroPoint: options.dataZeroPoint ?? own?.zeroPoints[0],
    ...(options.labels !== undefined && {
      labels: {
        file: options.labels,
        ...(options.labelsColumn !== undefined && { column: options.labelsColumn }),
      },
    }),
  };
  return { description, base: process.cwd() };
}

/** The samples that flags or config name; flags win. */
export async function dataFor(
  options: DataOptions,
  config: Config | undefined,
  model: Model,
): Promise<Dataset | undefined> {
  if (options.data !== undefined) {
    const { description, base } = describe(options, options.data, model);
    return openDataset(description, base, inputShape(model));
  }
  return config?.data && openDataset(config.data, config.directory, inputShape(model));
}

/** The samples that calibrate: those named for it, else those that are measured. */
export async function calibrationFor(
  calibrate: string | undefined,
  options: DataOptions,
  config: Config | undefined,
  model: Model,
): Promise<{ readonly data: Dataset; readonly samples: number } | undefined> {
  const samples = config?.calibration.samples ?? 200;
  if (calibrate !== undefined) {
    const data = await dataFor({ ...options, data: calibrate }, undefined, model);
    return data && { data, samples };
  }
  const named = config?.calibration.data;
  const data =
    options.data === undefined && named !== undefined && config !== undefined
      ? await openDataset(named, config.directory, inputShape(model))
      : await dataFor(options, config, model);
  return data && { data, samples };
}
