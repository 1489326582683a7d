import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Dataset } from '@opq/data';
import { cliErrors } from '@opq/errors';
import { openEngine, type CheckpointStore, type FinetuneOptions } from '@opq/finetune';
import type { Model } from '@opq/ir';
import { writeWhole, type Calibration, type FinetunePlan } from '@opq/pipeline';
import { workFolder, type Context, type SourceOptions } from './context';
import { finetuneOptionsOf, trainingDataFlags, trainingDataOf, type FinetuneFlags } from './finetune-options';
import { calibrationFor, count, type DataOptions } from './options';

export interface StudyOptions extends SourceOptions, DataOptions, FinetuneFlags {
  /** true where it was asked for, false where it was refused; else the config decides. */
  readonly finetune?: boolean;
  readonly calibrate?: string;
  readonly checkpoint?: string;
  readonly resume?: boolean;
}

/** Finetuning as a part of something larger. */
export const finetuneSwitch = (command: Command): Command =>
  trainingDataFlags(
    command
      .option(
        '--finetune',
        'train the survivors after compression (more settings: opq finetune, opq.config.ts)',
      )
      .option('--no-finetune', 'train nothing, whatever opq.config.ts says'),
  ).option('--epochs <number>', 'passes of --finetune over the training data (default: 10)', count);

export interface Study {
  readonly plan: FinetunePlan;
  /** What measures: nothing of it is trained on. */
  readonly data: Dataset;
  /** Of the training data, unless samples are named for it. */
  readonly calibration: Calibration;
  /** File of the checkpoint. */
  readonly checkpoint: string;
}

/** Samples that show activations' ranges. */
const CALIBRATION_SAMPLES = 256;

/**
 * How and on what to train; undefined where nothing is to be trained.
 * @throws OPQ04xx, OPQ0906, OPQ0909
 */
export async function studyFor(
  options: StudyOptions,
  context: Context,
  model: Model,
): Promise<Study | undefined> {
  const { config } = context;
  const configured = config?.finetune !== undefined && options.model === undefined;
  if (!(options.finetune ?? configured)) return undefined;
  const settings = finetuneOptionsOf(options, config);
  const { training, validation, test } = await trainingDataOf(options, config, model, settings.seed);
  return { ...(await studyOn({ training, validation }, settings, options, context, model)), data: test };
}

/** How to train on what is at hand; activations show their ranges on it, unless samples are named for that. */
export async function studyOn(
  { training, validation }: Pick<FinetunePlan, 'training' | 'validation'>,
  settings: FinetuneOptions,
  options: StudyOptions,
  context: Context,
  model: Model,
): Promise<Omit<Study, 'data'>> {
  // Looked for before anything takes its time.
  openEngine(settings.runtime);
  const { config } = context;
  const named =
    options.calibrate === undefined && config?.calibration.data === undefined
      ? undefined
      : await calibrationFor(options.calibrate, options, config, model);
  const checkpoint = options.checkpoint ?? join(workFolder(context), 'finetune.checkpoint');
  return {
    plan: {
      options: settings,
      training,
      validation,
      checkpoints: checkpointFile(checkpoint, options.resume === true),
    },
    calibration: named ?? { data: training, samples: options.calibrationSamples ?? CALIBRATION_SAMPLES },
    checkpoint,
  };
}

/** @param resume false: what is there is written over */
function checkpointFile(path: string, resume: boolean): CheckpointStore {
  return {
    read() {
      if (!resume || !existsSync(path)) return undefined;
      try {
        return new Uint8Array(readFileSync(path));
      } catch (error) {
        throw cliErrors.cannotReadModel(path, error instanceof Error ? error.message : 'unknown');
      }
    },
    write: (bytes) => writeWhole(path, bytes),
  };
}
