import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { deploy, loadCompressedModel, readEmission } from '@opq/pipeline';
import {
  boardFor,
  contextFor,
  sourceFor,
  workFolder,
  writerOf,
  type SourceOptions,
  type WriterOptions,
} from '../context';
import type { FinetuneFlags } from '../finetune-options';
import { finetuneSwitch, studyFor } from '../finetune-plan';
import {
  budgetFlags,
  dataFlags,
  examples,
  firmwareFlags,
  jsonFlag,
  methodFlags,
  modelFlags,
  placementFlags,
  samplesFlag,
} from '../flags';
import { calibrationFor, dataFor, placementFor, type DataOptions, type PlacementOptions } from '../options';
import { EXIT, print, progressDisplay } from '../output';
import { deployText } from '../tables';

interface Options extends SourceOptions, DataOptions, PlacementOptions, FinetuneFlags, WriterOptions {
  readonly finetune?: boolean;
  readonly calibrate?: string;
  readonly compressed?: string;
  readonly emitted?: string;
  readonly samples?: number;
  readonly port?: string;
  readonly selfTestAtBoot?: boolean;
  /** commander's --no-outputs sets false. */
  readonly outputs: boolean;
  readonly json?: boolean;
}

export function deployCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('deploy')
    .description(
      'compress, emit, build, boot and measure a network on a board, every output against the host',
    )
    .argument('<board>', 'a board of opq.config.ts, or a target (see opq targets)')
    .option(
      '--port <port>',
      'port of a board: a serial port, socket://host:port or rfc2217://host:port (default: the emulated board)',
    )
    .option('--compressed <file>', 'a model.opq to deploy, instead of compressing')
    .option('--emitted <folder>', 'what opq emit wrote for this board, instead of emitting')
    .option('--no-outputs', "leave the board's outputs out of the JSON")
    .addHelpText(
      'after',
      `${examples(
        'opq deploy cortex-m4',
        'opq deploy mps2-an386 --model model.tflite --ratio 12 --data images.bin --labels labels.csv',
        'opq deploy mps2-an386 --model int8.tflite --no-compress --data images.bin --json',
        'opq deploy esp32c3 --port /dev/ttyUSB0',
        'opq deploy pico --drive /media/RPI-RP2 --port /dev/ttyACM0',
      )}\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 an output differs from the host, 130 interrupted`,
    );
  firmwareFlags(command);
  samplesFlag(placementFlags(finetuneSwitch(dataFlags(methodFlags(budgetFlags(modelFlags(command)))))));
  jsonFlag(command).action(async (name: string, options: Options) => {
    const context = contextFor(options);
    const { target, port: configured } = boardFor(name, context);
    const port = options.port ?? configured;
    const loader = writerOf(target, options, port, context);
    const { model, compress } = await sourceFor(options, context);
    const made = options.compressed !== undefined || compress === false;
    const study = made ? undefined : await studyFor(options, context, model);
    const data = study?.data ?? (await dataFor(options, context.config, model));
    const calibration =
      study?.calibration ?? (await calibrationFor(options.calibrate, options, context.config, model));
    const directory = join(workFolder(context), name);
    const { progress, finish } = progressDisplay();
    try {
      const report = await deploy({
        source: model,
        target,
        backends: context.backends,
        compress,
        calibration,
        finetune: study?.plan,
        data,
        samples: options.samples ?? (options.data === undefined ? context.config?.test.samples : undefined),
        port,
        selfTestAtBoot: options.selfTestAtBoot,
        loader,
        directory,
        keepOutputs: options.json === true && options.outputs,
        compressed: options.compressed === undefined ? undefined : loadCompressedModel(options.compressed),
        placement: placementFor(options, context.config),
        emission: options.emitted === undefined ? undefined : readEmission(options.emitted),
        progress,
        signal,
      });
      finish();
      if (study !== undefined) rmSync(study.checkpoint, { force: true });
      process.stderr.write(
        `firmware: ${relative(process.cwd(), join(directory, 'build', 'firmware.elf'))} (and .bin)\n`,
      );
      print(options.json ? JSON.stringify(report, null, 2) : deployText(report));
      if (report.bitExact.equal !== report.bitExact.total || !report.selfTest)
        process.exitCode = EXIT.different;
    } finally {
      finish();
    }
  });
}
