import { join } from 'node:path';
import type { Command } from 'commander';
import { compressModel, emitModel, loadCompressedModel, writeEmission } from '@opq/pipeline';
import { targetFor, contextFor, sourceFor, workFolder, type SourceOptions } from '../context';
import {
  budgetFlags,
  dataFlags,
  examples,
  jsonFlag,
  methodFlags,
  modelFlags,
  placementFlags,
} from '../flags';
import { calibrationFor, placementFor, type DataOptions, type PlacementOptions } from '../options';
import { isRuntime } from '@opq/targets';
import { print, progressDisplay } from '../output';
import { table } from '../tables';

interface Options extends SourceOptions, DataOptions, PlacementOptions {
  readonly calibrate?: string;
  readonly compressed?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function emitCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('emit')
    .description('write a network for a board or a runtime: C with tables and memory plan, or a .tflite')
    .argument('<board>', 'a board of opq.config.ts, or a board or runtime by name (see opq targets)')
    .option('--compressed <file>', 'a model.opq to emit, instead of compressing')
    .addHelpText(
      'after',
      examples(
        'opq emit cortex-m4',
        'opq emit mps2-an386 --compressed model.opq -o generated',
        'opq emit tflm --compressed model.opq -o generated',
      ),
    );
  placementFlags(dataFlags(methodFlags(budgetFlags(modelFlags(command)))));
  command.option('-o, --output <folder>', 'folder to write; replaced whole (default: .opq/<board>/emitted)');
  jsonFlag(command).action(async (name: string, options: Options) => {
    const context = contextFor(options, options.compressed === undefined);
    const { target } = targetFor(name, context);
    const { progress, finish } = progressDisplay();
    try {
      let compressed;
      if (options.compressed === undefined) {
        const { model, compress } = await sourceFor(options, context);
        const calibration = await calibrationFor(options.calibrate, options, context.config, model);
        ({ compressed } = await compressModel({
          source: model,
          compress,
          storage: { target, backends: context.backends },
          calibration,
          progress,
          signal,
        }));
      } else compressed = loadCompressedModel(options.compressed);
      progress({ stage: 'emit', message: `emitting for ${target.name}` });
      const emission = await emitModel(
        compressed,
        target,
        context.backends,
        placementFor(options, context.config),
      );
      finish();
      const folder = options.output ?? join(workFolder(context), name, 'emitted');
      writeEmission(folder, emission);
      const { artifacts, ...costs } = emission;
      const files = artifacts.map(({ path, bytes }) => ({ path, bytes: bytes.length }));
      for (const note of costs.notes ?? []) process.stderr.write(`note: ${note}\n`);
      print(
        options.json
          ? JSON.stringify({ target: target.name, files, ...costs }, null, 2)
          : [
              table(
                ['file', 'bytes'],
                files.map((file) => [file.path, file.bytes.toLocaleString('en-US')]),
                [1],
              ),
              '',
              `flash: ${costs.flash.toLocaleString('en-US')} bytes of ${isRuntime(target) ? 'file' : 'tables'} (code comes on top)`,
              `ram: ${costs.ram.toLocaleString('en-US')} bytes of arena`,
            ].join('\n'),
      );
      process.stderr.write(`wrote ${folder}\n`);
    } finally {
      finish();
    }
  });
}
