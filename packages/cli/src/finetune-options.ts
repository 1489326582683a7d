import type { Command } from 'commander';
import { cliErrors } from '@opq/errors';
import { finetuneSchema, type FinetuneOptions } from '@opq/finetune';
import { tensorOf, type Model } from '@opq/ir';
import {
  openTrainingData,
  problemsOf,
  type Config,
  type DescribedData,
  type TrainingData,
  type TrainingSources,
} from '@opq/pipeline';
import { DATA_NAMES, describeData, type DataOptions } from './describe-data';
import { count, inputShape, numeric } from './options';

/** The flags of training, as commander gives them. */
export interface FinetuneFlags {
  readonly trainData?: string;
  readonly testShare?: number;
  readonly testFrom?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly schedule?: string;
  readonly warmUp?: number;
  readonly optimiser?: string;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly average?: number;
  readonly clip?: number;
  readonly loss?: string;
  readonly temperature?: number;
  readonly layerLoss?: number;
  readonly bitPrice?: number;
  readonly room?: number;
  /** commander's --no-quantise-activations sets false. */
  readonly quantiseActivations?: boolean;
  readonly flip?: boolean;
  readonly shift?: number;
  readonly validation?: number;
  readonly patience?: number;
  readonly seed?: number;
  readonly workers?: number;
  readonly runtime?: string;
}

export const trainingDataFlags = (command: Command): Command =>
  command
    .option(
      '--train-data <name>',
      'samples to train on, named as for --data (default: the :train part of a data set with a name, else a part of --data)',
    )
    .option(
      '--test-share <share>',
      'where --data is split: part that is not trained on and measures accuracy, drawn by the seed (default: 0.4)',
      numeric,
    )
    .option(
      '--test-from <index>',
      'instead of a share: sample of --data, the first is 0, from which on all measure accuracy and none is trained on',
      count,
    );

/** @param workers what --workers means to the command */
export const finetuneFlags = (
  command: Command,
  workers = 'threads; the result does not depend on it (default: 1)',
): Command =>
  trainingDataFlags(command)
    .option('--epochs <number>', 'passes over the training data (default: 10)', count)
    .option('--batch <samples>', 'samples of a step (default: 64)', count)
    .option('--learning-rate <number>', 'peak, in steps of the codebook (default: 0.01)', numeric)
    .option('--schedule <name>', 'cosine or constant (default: cosine)')
    .option('--warm-up <share>', 'part of training over which the rate rises (default: 0.05)', numeric)
    .option('--optimiser <name>', 'adam or sgd (default: adam)')
    .option('--momentum <number>', 'of sgd, 0…1 (default: 0.9)', numeric)
    .option('--weight-decay <number>', 'of survivors, per unit of learning rate (default: 0)', numeric)
    .option(
      '--average <decay>',
      'keep the running average of the weights, such as 0.999, which looks back on about 1,000 steps (default: 0, those of the last step)',
      numeric,
    )
    .option('--clip <norm>', 'largest norm of a gradient; 0: not clipped (default: 1)', numeric)
    .option(
      '--loss <name>',
      'distillation (the uncompressed network teaches), labels, both or mse (default: distillation)',
    )
    .option('--temperature <number>', 'of distillation (default: 2)', numeric)
    .option(
      '--layer-loss <number>',
      'weight of how far the output of each layer is from that of the uncompressed network, beside --loss (default: 0)',
      numeric,
    )
    .option('--bit-price <number>', 'squared steps that a bit of storage is worth (default: 0)', numeric)
    .option(
      '--room <share>',
      'part of the budget that compression leaves for levels that training makes rarer (default: 0.01)',
      numeric,
    )
    .option('--no-quantise-activations', 'leave activations float while training')
    .option('--flip', 'images are mirrored by chance')
    .option('--shift <pixels>', 'images move by up to so many pixels (default: 0)', numeric)
    .option(
      '--validation <share>',
      'part of the training data that chooses the best epoch (default: 0.05)',
      numeric,
    )
    .option('--patience <epochs>', 'end after so many epochs without a better one (default: never)', numeric)
    .option('--seed <number>', 'of order, split and augmentation (default: 1)', numeric)
    .option('--workers <number>', workers, count)
    .option('--runtime <name>', 'native (onnxruntime-node, where installed), wasm or auto (default: auto)');

const isSetting = ([name]: readonly [string, ...unknown[]]): boolean =>
  Object.hasOwn(finetuneSchema.shape, name);

/** Flags over the config over the defaults. @throws OPQ0909 */
export function finetuneOptionsOf(flags: FinetuneFlags, config: Config | undefined): FinetuneOptions {
  const configured = Object.entries(config?.finetune ?? {}).filter(isSetting);
  const augment =
    flags.flip === undefined && flags.shift === undefined
      ? undefined
      : { flip: flags.flip ?? false, shift: flags.shift ?? 0 };
  const given = Object.entries({ ...flags, augment }).filter(
    ([name, value]) => value !== undefined && isSetting([name]),
  );
  // commander sets a flag that begins with --no- to true where it is not given.
  const own = given.filter(([name, value]) => name !== 'quantiseActivations' || value === false);
  const parsed = finetuneSchema.safeParse(Object.fromEntries([...configured, ...own]));
  if (!parsed.success) throw cliErrors.usage(problemsOf(parsed.error.issues).join('; '));
  return parsed.data;
}

/** Part of the only data there are that measures and is not trained on. */
const TEST_SHARE = 0.4;

/** @throws OPQ0909 */
function testPart({ testShare, testFrom }: FinetuneFlags): TrainingSources['test'] {
  if (testFrom === undefined) return { share: testShare ?? TEST_SHARE };
  if (testShare !== undefined)
    throw cliErrors.usage('--test-share and --test-from exclude each other: both say what measures.');
  return { from: testFrom };
}

/**
 * Samples named for training; of a data set with a name its :train part; those of the config; else a part of --data: by the seed, or those before --test-from.
 * @throws OPQ0401, OPQ0407, OPQ0906, OPQ0909
 */
export function trainingSourcesOf(
  options: FinetuneFlags & DataOptions,
  config: Config | undefined,
  model: Model,
  seed: number,
): TrainingSources {
  const [id] = model.inputs;
  const quantisation = id === undefined ? undefined : tensorOf(model, id).quantisation;
  const inConfig = (description: NonNullable<Config['data']>): DescribedData => ({
    description,
    base: config?.directory ?? process.cwd(),
  });
  const data =
    options.data === undefined
      ? config?.data && inConfig(config.data)
      : describeData(options.data, options, { quantisation });
  if (data === undefined) throw cliErrors.noData('Training');
  const parts = { data, test: testPart(options), seed };
  const named = options.trainData ?? trainingPart(options.data);
  const split = named === undefined && (options.data !== undefined || config?.finetune === undefined);
  if (options.testFrom !== undefined && !split)
    throw cliErrors.usage('--test-from splits --data, but what is trained on has samples of its own.');
  if (named !== undefined)
    return { ...parts, training: describeData(named, options, { quantisation, shared: true }) };
  if (split || config?.finetune === undefined) return parts;
  const { training, validationData } = config.finetune;
  return {
    ...parts,
    training: inConfig(training),
    validation: validationData && inConfig(validationData),
  };
}

/** The same, opened. @throws OPQ04xx, OPQ0906, OPQ0909 */
export const trainingDataOf = (
  options: FinetuneFlags & DataOptions,
  config: Config | undefined,
  model: Model,
  seed: number,
): Promise<TrainingData> =>
  openTrainingData(trainingSourcesOf(options, config, model, seed), inputShape(model));

/** `cifar10` → `cifar10:train`: what belongs to a test part. */
function trainingPart(data: string | undefined): string | undefined {
  const [name = '', part = 'test'] = (data ?? '').split(':');
  return DATA_NAMES.includes(name) && part === 'test' ? `${name}:train` : undefined;
}
