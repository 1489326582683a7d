import { join } from 'node:path';
import type { Command } from 'commander';
import { writeCompressedModel } from '@opq/ir';
import { compressModel, writeWhole } from '@opq/pipeline';
import { compressReport, compressText } from '../compression';
import { contextFor, sourceFor, workFolder, type SourceOptions } from '../context';
import { budgetFlags, dataFlags, examples, jsonFlag, modelFlags } from '../flags';
import { calibrationFor, type DataOptions } from '../options';
import { print, progressDisplay } from '../output';

interface Options extends SourceOptions, DataOptions {
  readonly calibrate?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function compressCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('compress')
    .description('prune and quantise a network in one shot, calibrate its activations, write model.opq')
    .addHelpText(
      'after',
      examples(
        'opq compress',
        'opq compress --model model.tflite --ratio 12 --data images.bin --labels labels.csv',
        'opq compress --model model.tflite --sparsity 0.8 --bits 3 --data images.bin -o small.opq',
      ),
    );
  dataFlags(budgetFlags(modelFlags(command)));
  command.option('-o, --output <file>', 'file to write (default: .opq/model.opq)');
  jsonFlag(command).action(async (options: Options) => {
    const context = contextFor(options);
    const { model, compress } = await sourceFor(options, context);
    const calibration = await calibrationFor(options.calibrate, options, context.config, model);
    const { progress, finish } = progressDisplay();
    try {
      const result = await compressModel({ source: model, compress, calibration, progress, signal });
      finish();
      const file = options.output ?? join(workFolder(context), 'model.opq');
      const bytes = writeCompressedModel(result.compressed);
      writeWhole(file, bytes);
      const report = compressReport(result, bytes.length);
      print(options.json ? JSON.stringify(report, null, 2) : compressText(report));
      process.stderr.write(`wrote ${file}\n`);
    } finally {
      finish();
    }
  });
}
