import { cliErrors, OpqError } from '@opq/errors';
import { openDataset, type Dataset } from '@opq/data';
import { tensorOf, type Model } from '@opq/ir';
import { findConfig, loadConfig, type Config, type Placement } from '@opq/pipeline';
import { OPTIMIZE, type Optimize } from '@opq/backend';
import { describeData, type DataOptions } from './describe-data';

export type { DataOptions } from './describe-data';

/** A finite number from the command line. @throws OPQ0909 */
export function numeric(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw cliErrors.usage(`"${text}" is not a number.`);
  return value;
}

/** A number, or one over another: 1/255. @throws OPQ0909 */
export function fraction(text: string): number {
  const [above = '', below, ...more] = text.split('/');
  const value = numeric(above) / (below === undefined ? 1 : numeric(below));
  if (more.length > 0 || !Number.isFinite(value))
    throw cliErrors.usage(`"${text}" is not a number or a fraction.`);
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
  readonly modelFlash?: number;
}

/** How to emit: flags win over the config. @throws OPQ0909 for a model's bytes that the goal would not spend */
export const placementFor = (options: PlacementOptions, config: Config | undefined): Placement => {
  const optimize = options.optimize ?? config?.optimize;
  const ram = options.ram ?? config?.ram;
  if (options.modelFlash !== undefined && optimize !== 'latency')
    throw cliErrors.usage(
      '--model-flash is what --optimize latency may spend: no other goal makes weights larger.',
    );
  const flash = optimize === 'latency' ? (options.modelFlash ?? config?.modelFlash) : undefined;
  return {
    ...(optimize !== undefined && { optimize }),
    ...(ram !== undefined && { ram }),
    ...(flash !== undefined && { flash }),
  };
};

/** A whole number above zero. @throws OPQ0909 */
export function count(text: string): number {
  const value = numeric(text);
  if (!Number.isInteger(value) || value < 1)
    throw cliErrors.usage(`"${text}" is not a whole number above zero.`);
  return value;
}

/** A time in seconds: above zero, a day at most. @throws OPQ0909 */
export function seconds(text: string): number {
  const value = numeric(text);
  if (!(value > 0 && value <= 86400))
    throw cliErrors.usage(`"${text}" is not a number of seconds, above 0 and up to 86400.`);
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

/** The samples that flags or config name; flags win. `shared`: see DataContext. */
export async function dataFor(
  options: DataOptions,
  config: Config | undefined,
  model: Model,
  shared = false,
): Promise<Dataset | undefined> {
  if (options.data !== undefined) {
    const [id] = model.inputs;
    const quantisation = id === undefined ? undefined : tensorOf(model, id).quantisation;
    const { description, base } = describeData(options.data, options, { quantisation, shared });
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
  const samples = options.calibrationSamples ?? config?.calibration.samples ?? 200;
  if (calibrate !== undefined) {
    const data = await dataFor({ ...options, data: calibrate, labels: undefined }, undefined, model, true);
    return data && { data, samples };
  }
  const named = config?.calibration.data;
  const data =
    options.data === undefined && named !== undefined && config !== undefined
      ? await openDataset(named, config.directory, inputShape(model))
      : await dataFor(options, config, model);
  return data && { data, samples };
}
