import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ALLOCATOR_NAMES } from '@opq/core';
import { cliErrors } from '@opq/errors';
import { curveOf, loadModel, sweep, writeWhole } from '@opq/pipeline';
import { accuracyCurves } from '@opq/plot';
import { sweepCurves } from '@opq/report';
import { contextFor, withModel, workFolder } from '../context';
import { finetuneFlags } from '../finetune-options';
import { dataFlags, examples, jsonFlag, modelFlags, settingFlags, targetFlag } from '../flags';
import { EXIT, print, progressDisplay } from '../output';
import {
  allocatorList,
  byteList,
  DEFAULT_RATIOS,
  numberList,
  sweepPlanOf,
  type SweepFlags,
} from '../sweep-options';
import { sweepText } from '../sweeping';

interface Options extends SweepFlags {
  readonly output?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const budgetLists = (command: Command): Command =>
  command
    .option('--flash <list>', 'bytes of the whole model in flash, such as 12k,16k,20k', byteList)
    .option(
      '--ratio <list>',
      `weights so many times smaller than in float32 (default: ${DEFAULT_RATIOS.join()})`,
      numberList,
    )
    .option('--average-bits <list>', 'bits per weight, pruned ones counted too', numberList)
    .option(
      '--accounting <mode>',
      'what --ratio and --average-bits count: paper, bitmap, entropy or flash (default: flash, bytes as stored)',
    )
    .option('--allocators <list>', `of ${ALLOCATOR_NAMES.join(', ')} (default: opq)`, allocatorList)
    .option('--finetune', 'each point once more, finetuned; --epochs and the like say how');

/** Program of the processes that do the work. */
const WORKER = resolve(__dirname, '../../bin/sweep-worker.cjs');

export function sweepCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('sweep')
    .description('accuracy against size: a network at several budgets, with several allocators, finetuned or not')
    .argument('[model]', 'network to read; the same as --model')
    .addHelpText(
      'after',
      examples(
        'opq sweep model.tflite --flash 12k,16k,20k --allocators opq,riq --data cifar10',
        'opq sweep model.tflite --ratio 8,12,16,40 --data cifar10 --finetune --epochs 5 --flip --workers 4',
        'opq sweep model.tflite --ratio 8,12,16,40 --data test.npz --train-data train.npz --resume',
      ),
    );
  const workers = 'points computed at a time, each by a process of its own; results do not depend on it (default: one for each core)';
  targetFlag(finetuneFlags(dataFlags(settingFlags(budgetLists(modelFlags(command)))), workers));
  command
    .option('-o, --output <folder>', 'folder for sweep.json, sweep.svg and the networks (default: .opq/sweep)')
    .option('--resume', 'keep what the folder has of a sweep with the same network, data and settings');
  jsonFlag(command).action(async (file: string | undefined, given: Options) => {
    const options = withModel(given, file);
    const context = contextFor(options);
    const { config } = context;
    const path = options.model ?? (config && join(config.directory, config.model));
    if (path === undefined) throw cliErrors.needsModel();
    const plan = sweepPlanOf(options, context, await loadModel(path), path);
    const folder = resolve(options.output ?? join(workFolder(context), 'sweep'));
    const { progress, finish } = progressDisplay();
    try {
      const { report } = await sweep({
        plan, folder, program: WORKER, backends: context.backends, progress, signal,
        workers: options.workers ?? availableParallelism(),
        resume: options.resume === true,
        defect: (name, stack) => process.stderr.write(`${name}: ${stack}\nThis is a defect of opq; please report it.\n`),
      });
      finish();
      const curves = sweepCurves(curveOf(report));
      if (curves !== undefined)
        writeWhole(join(folder, 'sweep.svg'), new TextEncoder().encode(await accuracyCurves(curves)));
      print(options.json ? JSON.stringify(report, null, 2) : sweepText(report));
      process.stderr.write(`wrote ${options.output ?? folder}\n`);
      if ('error' in report.float32 || report.points.some(({ kind }) => kind === 'failed')) process.exitCode = EXIT.failed;
    } catch (error) {
      finish();
      if (signal.aborted) process.stderr.write('finished points are kept; the same command with --resume goes on\n');
      throw error;
    } finally {
      finish();
    }
  });
} // prettier-ignore
