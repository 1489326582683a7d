import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { toFloatModel } from '@opq/core';
import type { Dataset } from '@opq/data';
import { cliErrors } from '@opq/errors';
import { networkAccuracy, toFakeQuantisation, type AccuracyRequest } from '@opq/finetune';
import { writeCompressedModel, type Model } from '@opq/ir';
import { prepareModel } from '@opq/repair';
import { learningCurves } from '@opq/plot';
import {
  compressModel,
  integerAccuracy,
  writeWhole,
  type FinetuneOutcome,
  type Progress,
} from '@opq/pipeline';
import { compressReport } from '../compression';
import {
  contextFor,
  emissionFor,
  sourceFor,
  storageFor,
  withModel,
  workFolder,
  type SourceOptions,
} from '../context';
import { finetuneFlags, type FinetuneFlags } from '../finetune-options';
import { studyFor } from '../finetune-plan';
import { finetuneText, type Accuracies, type FinetuneReport } from '../finetuning';
import { budgetFlags, dataFlags, examples, jsonFlag, methodFlags, modelFlags, targetFlag } from '../flags';
import type { DataOptions } from '../options';
import { print, progressDisplay } from '../output';
import { syntheticFlags, type SyntheticFlags } from '../synthetic-options';
import { syntheticStudyFor } from '../synthetic-study';

interface Options extends SourceOptions, DataOptions, FinetuneFlags, SyntheticFlags {
  readonly calibrate?: string;
  readonly output?: string;
  readonly target?: string;
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly curve?: string;
  readonly json?: boolean;
}

export function finetuneCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('finetune')
    .description(
      'compress a network, then train its survivors with masks, steps and codebooks fixed; write model.opq',
    )
    .argument('[model]', 'network to read; the same as --model')
    .addHelpText(
      'after',
      examples(
        'opq finetune model.tflite --flash 20k --data cifar10 --flip --shift 2',
        'opq finetune model.tflite --ratio 80 --data mnist --data-scale 1/255 --loss both --curve curve.svg',
        'opq finetune model.tflite --flash 11k --data test.npz --train-data train.npz --epochs 20 --resume',
        'opq finetune model.tflite --flash 20k --synthetic 1024 --input-range 0,255',
      ),
    );
  targetFlag(finetuneFlags(dataFlags(methodFlags(budgetFlags(modelFlags(command))))));
  syntheticFlags(command, 'they calibrate, repair and train; --data, if given, only tests');
  command
    .option('-o, --output <file>', 'file to write (default: .opq/model.opq)')
    .option('--curve <file>', 'draw loss and validation accuracy of every epoch into this .svg')
    .option('--checkpoint <file>', 'where training can be gone on from (default: .opq/finetune.checkpoint)')
    .option('--resume', 'go on from the checkpoint of a run that was stopped');
  jsonFlag(command).action(async (file: string | undefined, given: Options) => {
    const options = withModel(given, file);
    const context = contextFor(options);
    const { model, compress } = await sourceFor(options, context);
    if (compress === false) throw cliErrors.usage('--no-compress leaves nothing to finetune.');
    const storage = storageFor(options.target, context);
    const { progress, finish } = progressDisplay();
    try {
      const made = await syntheticStudyFor(options, context, model, { progress, signal });
      const study = made ?? (await studyFor({ ...options, finetune: true }, context, model));
      if (study === undefined) throw new Error('a finetuning without a plan');
      const { plan, data, calibration, checkpoint } = study;
      const synthetic = made?.synthetic ?? null;
      const request = { source: model, compress, storage, calibration, finetune: plan, progress, signal };
      const result = await compressModel(request);
      const { finetuned, weights, repairs } = result;
      if (finetuned === undefined || weights === undefined || repairs === undefined)
        throw new Error('a finetuned compression without its result');
      const original = prepareModel(toFloatModel(model).model, repairs);
      const emission = await emissionFor(result, storage);
      const measure = accuracyOn(data, finetuned, plan.options.runtime, progress, signal);
      const accuracy = {
        float: await measure(original, 'float32'),
        oneShot: await measure(finetuned.before.model, 'one shot'),
        finetuned: await measure(finetuned.compression.model, 'finetuned'),
      };
      const boardAccuracy =
        data === undefined || accuracy.finetuned.float === null
          ? null
          : await integerAccuracy(result.compressed, data, {
              progress,
              signal,
              message: 'accuracy, in integers',
            });
      finish();
      const output = options.output ?? join(workFolder(context), 'model.opq');
      const bytes = writeCompressedModel(result.compressed);
      writeWhole(output, bytes);
      rmSync(checkpoint, { force: true });
      const { totals } = weights;
      const report: FinetuneReport = {
        runtime: plan.options.runtime,
        training: synthetic === null ? 'data' : 'synthetic',
        synthetic,
        samples: { training: plan.training.count, test: data?.count ?? 0 },
        float: { bytes: totals.before, accuracy: accuracy.float },
        oneShot: { bytes: finetuned.before.totals.bytes.flash, accuracy: accuracy.oneShot },
        finetuned: {
          bytes: totals.bytes.flash,
          accuracy: accuracy.finetuned,
          boardAccuracy,
          epoch: finetuned.best.epoch,
        },
        ratio: totals.before / totals.bytes.flash,
        early: finetuned.early,
        history: finetuned.history,
        options: plan.options,
        compression: compressReport(
          result,
          bytes.length,
          storage.target.name,
          emission,
          calibration.data === plan.training ? synthetic : null,
        ),
      };
      print(options.json ? JSON.stringify(report, null, 2) : finetuneText(report));
      process.stderr.write(`wrote ${output}\n`);
      if (options.curve !== undefined) {
        const { history, best } = finetuned;
        const curves = await learningCurves({ model: model.name, history, best: best.epoch });
        writeWhole(options.curve, new TextEncoder().encode(curves));
        process.stderr.write(`wrote ${options.curve}\n`);
      }
    } finally {
      finish();
    }
  });
}

/** Measures networks on the test samples, with activations as they are and rounded. */
function accuracyOn(
  data: Dataset | undefined,
  { activations }: FinetuneOutcome,
  runtime: AccuracyRequest['runtime'],
  progress: Progress,
  signal: AbortSignal,
): (model: Model, name: string) => Promise<Accuracies> {
  return async (model, name) => {
    if (data === undefined) return { float: null, int8: null };
    const run = (
      fakeQuantisation: ReturnType<typeof toFakeQuantisation> | undefined,
    ): Promise<number | null> =>
      networkAccuracy(
        { model, data, runtime, fakeQuantisation },
        {
          signal,
          progress: (done) =>
            progress({ stage: 'accuracy', message: `accuracy, ${name}`, done, total: data.count }),
        },
      );
    return { float: await run(undefined), int8: await run(toFakeQuantisation(activations)) };
  };
}
