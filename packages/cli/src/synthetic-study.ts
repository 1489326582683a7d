import { cliErrors } from '@opq/errors';
import type { FinetuneOptions } from '@opq/finetune';
import type { Dataset } from '@opq/data';
import type { Model } from '@opq/ir';
import { syntheticInputs, type RunOptions } from '@opq/pipeline';
import type { Context } from './context';
import { finetuneOptionsOf } from './finetune-options';
import { studyOn, type Study, type StudyOptions } from './finetune-plan';
import { dataFor } from './options';
import {
  rangeNote,
  syntheticPlanOf,
  syntheticReport,
  type SyntheticFlags,
  type SyntheticReport,
} from './synthetic-options';

/** Training on inputs made up. */
export interface SyntheticStudy extends Omit<Study, 'data'> {
  /** What measures, where there is anything: nothing else looks at it. */
  readonly data: Dataset | undefined;
  readonly synthetic: SyntheticReport;
}

/**
 * How to train on inputs that are made up, and these; undefined without --synthetic.
 * @throws OPQ0814, OPQ0909 for flags about real data to train on, OPQ14xx
 */
export async function syntheticStudyFor(
  options: StudyOptions & SyntheticFlags,
  context: Context,
  model: Model,
  run: RunOptions,
): Promise<SyntheticStudy | undefined> {
  const settings = finetuneOptionsOf(options, context.config);
  const made = syntheticPlanOf(options, settings);
  if (made === undefined) return undefined;
  refuseRealTraining(options, settings);
  const data = await dataFor(options, context.config, model);
  const inputs = await syntheticInputs(model, made, run);
  const note = rangeNote(made, inputs);
  if (note !== undefined) process.stderr.write(`${note}\n`);
  const study = await studyOn({ training: inputs.data }, settings, options, context, model);
  return {
    ...study,
    plan: { ...study.plan, synthetic: true },
    data,
    synthetic: syntheticReport(made, inputs),
  };
}

function refuseRealTraining(options: StudyOptions, { loss }: FinetuneOptions): void {
  const { trainData, testShare, testFrom } = options;
  if (trainData !== undefined || testShare !== undefined || testFrom !== undefined)
    throw cliErrors.usage(
      '--synthetic makes up what is trained on; leave --train-data, --test-share and --test-from out.',
    );
  if (loss === 'labels' || loss === 'both')
    throw cliErrors.usage(`Synthetic inputs have no labels: --loss is distillation or mse, not ${loss}.`);
}
