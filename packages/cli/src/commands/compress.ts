import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeCompressedModel } from '@opq/ir';
import { cliErrors } from '@opq/errors';
import { compressModel, emitModel, syntheticInputs, writeEmission, writeWhole } from '@opq/pipeline';
import { compressReport, compressText } from '../compression';
import {
  backendStorage,
  contextFor,
  emissionFor,
  sourceFor,
  storageFor,
  withModel,
  workFolder,
  type SourceOptions,
} from '../context';
import type { FinetuneFlags } from '../finetune-options';
import { finetuneSwitch, studyFor } from '../finetune-plan';
import { budgetFlags, dataFlags, examples, jsonFlag, methodFlags, modelFlags, targetFlag } from '../flags';
import { calibrationFor, type DataOptions } from '../options';
import { print, progressDisplay } from '../output';
import {
  rangeNote,
  syntheticFlags,
  syntheticPlanOf,
  syntheticReport,
  type SyntheticFlags,
} from '../synthetic-options';

interface Options extends SourceOptions, DataOptions, FinetuneFlags, SyntheticFlags {
  readonly finetune?: boolean;
  readonly calibrate?: string;
  readonly output?: string;
  readonly target?: string;
  readonly backend?: string;
  readonly json?: boolean;
}

export function compressCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('compress')
    .description('prune and quantise a network in one shot, calibrate its activations, write model.opq')
    .argument('[model]', 'network to read; the same as --model')
    .addHelpText(
      'after',
      examples(
        'opq compress',
        'opq compress model.tflite --flash 20k --data images.bin --labels labels.csv',
        'opq compress model.tflite --ratio 12 --data images.bin --keep-ends both',
        'opq compress model.tflite --sparsity 0.8 --bits 3 --data images.bin -o small.opq',
        'opq compress model.tflite --flash 20k --synthetic 256 --input-range 0,255',
        'opq compress model.tflite --flash 30k --data images.bin --backend tflite',
      ),
    );
  command.option(
    '--backend <name>',
    'write, beside model.opq, what this backend makes of it for --target (default: its first), such as tflite',
  );
  targetFlag(finetuneSwitch(dataFlags(methodFlags(budgetFlags(modelFlags(command))))));
  syntheticFlags(command, 'they calibrate and repair where there are no samples');
  command.option('-o, --output <file>', 'file to write (default: .opq/model.opq)');
  jsonFlag(command).action(async (file: string | undefined, given: Options) => {
    const options = withModel(given, file);
    const context = contextFor(options);
    const { model, compress } = await sourceFor(options, context);
    const storage =
      options.backend === undefined
        ? storageFor(options.target, context)
        : backendStorage(options.backend, options.target, context);
    const made = syntheticPlanOf(options, { runtime: 'auto', workers: 1 });
    if (made !== undefined) refuseSamples(options);
    const study =
      compress === false || made !== undefined ? undefined : await studyFor(options, context, model);
    const { progress, finish } = progressDisplay();
    try {
      const inputs = made && (await syntheticInputs(model, made, { progress, signal }));
      const note = made && inputs && rangeNote(made, inputs);
      if (note !== undefined) process.stderr.write(`${note}\n`);
      const calibration =
        inputs === undefined
          ? (study?.calibration ?? (await calibrationFor(options.calibrate, options, context.config, model)))
          : { data: inputs.data, samples: inputs.data.count };
      const finetune = study?.plan;
      const result = await compressModel({
        source: model,
        compress,
        storage,
        calibration,
        finetune,
        progress,
        signal,
      });
      if (study !== undefined) rmSync(study.checkpoint, { force: true });
      const emission = await emissionFor(result, storage);
      finish();
      const place = options.output ?? join(workFolder(context), 'model.opq');
      const bytes = writeCompressedModel(result.compressed);
      writeWhole(place, bytes);
      const synthetic = made && inputs ? syntheticReport(made, inputs) : null;
      const emitted =
        options.backend === undefined ? undefined : join(workFolder(context), storage.target.name, 'emitted');
      if (emitted !== undefined)
        writeEmission(emitted, await emitModel(result.compressed, storage.target, storage.backends));
      const report = compressReport(result, bytes.length, storage.target.name, emission, synthetic);
      print(options.json ? JSON.stringify(report, null, 2) : compressText(report));
      process.stderr.write(`wrote ${place}\n`);
      if (emitted !== undefined) process.stderr.write(`wrote ${emitted}\n`);
    } finally {
      finish();
    }
  });
}

/** Inputs that are made up stand in for samples, here where nothing is trained. @throws OPQ0909 */
function refuseSamples(options: Options): void {
  if ((options.data ?? options.calibrate) !== undefined)
    throw cliErrors.usage(
      '--synthetic stands in for samples, and real ones show more: leave one of them out.',
    );
  if (options.finetune === true)
    throw cliErrors.usage('To train on inputs made up, take "opq finetune --synthetic <count>".');
}
