import type { Command } from 'commander';
import { compareAllocators, toFloatModel } from '@opq/core';
import { floatAccuracy, estimateFixedFlash } from '@opq/pipeline';
import { compareReport, compareText } from '../comparison';
import { contextFor, sourceFor, storageFor, withModel, type SourceOptions } from '../context';
import {
  budgetFlags,
  dataFlags,
  examples,
  jsonFlag,
  methodFlags,
  modelFlags,
  samplesFlag,
  targetFlag,
} from '../flags';
import { dataFor, type DataOptions } from '../options';
import { print, progressDisplay } from '../output';
import { cliErrors } from '@opq/errors';

interface Options extends SourceOptions, DataOptions {
  readonly target?: string;
  readonly samples?: number;
  readonly json?: boolean;
}

export function compareCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('compare')
    .description('every allocator at the same budget: sparsity, step and error per layer, sizes; accuracy with --data')
    .argument('[model]', 'network to read; the same as --model')
    .addHelpText(
      'after',
      examples(
        'opq compare model.tflite --sparsity 0.9 --bits 2',
        'opq compare model.tflite --flash 20k --data images.bin --labels labels.csv --samples 500',
      ),
    );
  targetFlag(samplesFlag(dataFlags(methodFlags(budgetFlags(modelFlags(command))))));
  jsonFlag(command).action(async (file: string | undefined, given: Options) => {
    const options = withModel(given, file);
    const context = contextFor(options);
    const { model: source, compress } = await sourceFor(options, context);
    if (compress === false) throw cliErrors.usage('There is nothing to compare without compression.');
    const { model } = toFloatModel(source);
    const fixedBytes = 'flash' in compress.budget ? await estimateFixedFlash(model, compress, storageFor(options.target, context)) : 0;
    const data = await dataFor(options, context.config, model);
    const { progress, finish } = progressDisplay();
    try {
      const compared = compareAllocators(model, { ...compress, fixedBytes }, (done, total) =>
        progress({ stage: 'compare', message: 'allocating', done, total }),
      );
      const accuracies: number[] = [];
      if (data !== undefined)
        for (const [i, network] of [model, ...compared.map((c) => c.compression.model)].entries())
          accuracies.push(
            await floatAccuracy(network, data, { samples: options.samples, progress, signal, message: `accuracy, ${i + 1} of ${compared.length + 1}` }),
          );
      finish();
      const report = compareReport(model, compared, accuracies);
      print(options.json ? JSON.stringify(report, null, 2) : compareText(report));
    } finally {
      finish();
    }
  });
} // prettier-ignore
