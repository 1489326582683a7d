import { join, resolve } from 'node:path';
import { ALLOCATOR_NAMES, type AllocatorName, type Budget } from '@opq/core';
import { cliErrors } from '@opq/errors';
import { openEngine } from '@opq/finetune';
import { tensorOf, type Model } from '@opq/ir';
import { CONFIG_FILE, without, type DescribedData, type SweepPlan } from '@opq/pipeline';
import { bytes, compressionOf, DEFAULT_COMPRESSION, type BudgetOptions } from './compression-options';
import { storageFor, type Context, type ModelOptions } from './context';
import { describeData, type DataOptions } from './describe-data';
import { finetuneOptionsOf, trainingSourcesOf, type FinetuneFlags } from './finetune-options';
import { numeric } from './options';

/** The flags of a sweep, as commander gives them; a budget may have several values. */
export interface SweepFlags
  extends Omit<BudgetOptions, 'compress' | 'flash' | 'ratio' | 'averageBits' | 'sparsity' | 'bits' | 'allocator'>,
    DataOptions,
    FinetuneFlags,
    ModelOptions {
  readonly target?: string;
  readonly calibrate?: string;
  readonly flash?: readonly number[];
  readonly ratio?: readonly number[];
  readonly averageBits?: readonly number[];
  readonly allocators?: readonly AllocatorName[];
  readonly finetune?: boolean;
} // prettier-ignore

const listOf =
  <T>(parse: (text: string) => T) =>
  (text: string): readonly T[] =>
    text.split(',').map((part) => parse(part.trim()));

/** `12k,16k` @throws OPQ0909 */
export const byteList = listOf(bytes);
/** `8,12.5` @throws OPQ0909 */
export const numberList = listOf(numeric);
/** `opq,riq` @throws OPQ0909 */
export const allocatorList = listOf((name): AllocatorName => {
  const found = ALLOCATOR_NAMES.find((known) => known === name);
  if (found === undefined)
    throw cliErrors.usage(`--allocators takes ${ALLOCATOR_NAMES.join(', ')}; not "${name}".`);
  return found;
});

/** What is swept over where no budget is named. */
export const DEFAULT_RATIOS = [8, 12, 16, 24, 40] as const;
/** Samples that show activations' ranges, unless the config says how many. */
const CALIBRATION_SAMPLES = 256;

/** Flags that only finetuning takes. */
const TRAINING_FLAGS = [
  'epochs', 'batch', 'learningRate', 'schedule', 'warmUp', 'optimiser', 'momentum', 'weightDecay', 'clip', 'loss',
  'temperature', 'bitPrice', 'flip', 'shift', 'validation', 'patience',
] as const satisfies readonly (keyof FinetuneFlags)[]; // prettier-ignore

const hyphenated = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** @throws OPQ0909 for a flag that would be left out of account */
function refuseUnused(options: SweepFlags): void {
  if (options.finetune === true) return;
  const unused = TRAINING_FLAGS.find((name) => options[name] !== undefined);
  const flag = unused ?? (options.quantiseActivations === false ? 'noQuantiseActivations' : undefined);
  if (flag !== undefined) throw cliErrors.usage(`--${hyphenated(flag)} goes with --finetune.`);
}

function budgetsOf({ flash, ratio, averageBits, accounting }: SweepFlags): readonly Budget[] {
  const given = [flash, ratio, averageBits].filter((list) => list !== undefined);
  if (given.length > 1) throw cliErrors.usage('Give one kind of budget: --flash, or --ratio, or --average-bits.');
  const single: readonly BudgetOptions[] =
    flash?.map((value) => ({ flash: value })) ??
    averageBits?.map((value) => ({ averageBits: value })) ??
    (ratio ?? DEFAULT_RATIOS).map((value) => ({ ratio: value }));
  return single.map((budget) => {
    const compression = compressionOf({ ...budget, ...(accounting !== undefined && { accounting }) }, undefined);
    return compression === false ? DEFAULT_COMPRESSION.budget : compression.budget;
  });
} // prettier-ignore

/** Compression without budget and allocator: flags over the config. */
function settingsOf(options: SweepFlags, { config }: Context): SweepPlan['compress'] {
  const shared = without(options, 'flash', 'ratio', 'averageBits', 'accounting');
  const found = compressionOf(shared, options.model === undefined ? config?.compress : undefined);
  return without(found === false ? DEFAULT_COMPRESSION : found, 'budget', 'allocator');
}

function calibrationOf(options: SweepFlags, { config }: Context, model: Model): SweepPlan['calibration'] {
  const samples = options.calibrationSamples ?? config?.calibration.samples ?? CALIBRATION_SAMPLES;
  const [id] = model.inputs;
  const quantisation = id === undefined ? undefined : tensorOf(model, id).quantisation;
  const data: DescribedData | undefined =
    options.calibrate !== undefined
      ? describeData(options.calibrate, { ...options, labels: undefined }, { quantisation, shared: true })
      : options.data === undefined && config?.calibration.data !== undefined
        ? { description: config.calibration.data, base: config.directory }
        : undefined;
  return { data, samples };
}

/**
 * What flags and config ask to be swept over.
 * @param model the network at `path`
 * @throws OPQ04xx, OPQ0501, OPQ0906, OPQ0909, OPQ1402
 */
export function sweepPlanOf(options: SweepFlags, context: Context, model: Model, path: string): SweepPlan {
  refuseUnused(options);
  const { config } = context;
  const finetune = finetuneOptionsOf({ ...options, workers: 1 }, config);
  return {
    model: resolve(path),
    config:
      options.config === undefined ? config && join(config.directory, CONFIG_FILE) : resolve(options.config),
    target: storageFor(options.target, context).target.name,
    budgets: budgetsOf(options),
    allocators: options.allocators ?? ['opq'],
    finetune: options.finetune === true ? finetune : undefined,
    compress: settingsOf(options, context),
    data: trainingSourcesOf(options, config, model, finetune.seed),
    calibration: calibrationOf(options, context, model),
    runtime: openEngine(finetune.runtime).name,
  };
}
