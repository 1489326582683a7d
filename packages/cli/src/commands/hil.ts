import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { toFloatModel } from '@opq/core';
import { cliErrors, hilErrors } from '@opq/errors';
import { canonicalJob, runJob, runOnFarm } from '@opq/farm';
import { junitOf, readDevice, verdictOf, type BoardUnderTest } from '@opq/hil';
import { take } from '@opq/data';
import type { CompressedModel, Model } from '@opq/ir';
import {
  compressModel,
  isCompressedFile,
  loadCompressedModel,
  loadModel,
  writeWhole,
  type BoardRequest,
  type Task,
} from '@opq/pipeline';
import type { Target } from '@opq/targets';
import {
  boardFor,
  contextFor,
  sourceFor,
  workFolder,
  writerOf,
  type Context,
  type SourceOptions,
  type WriterOptions,
} from '../context';
import type { FinetuneFlags } from '../finetune-options';
import { placeInFarm } from '../farm-place';
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
import {
  calibrationFor,
  count,
  dataFor,
  fraction,
  placementFor,
  seconds,
  type DataOptions,
  type PlacementOptions,
} from '../options';
import { EXIT, print, progressDisplay } from '../output';
import { resultStream } from '../result-stream';
import { hilText } from '../tables';

interface Options extends SourceOptions, DataOptions, PlacementOptions, FinetuneFlags, WriterOptions {
  readonly finetune?: boolean;
  readonly calibrate?: string;
  readonly source?: string;
  readonly samples?: number;
  readonly port?: string;
  readonly selfTestAtBoot?: boolean;
  readonly task?: Task;
  readonly threshold?: number;
  readonly attempts?: number;
  readonly junit?: string;
  readonly outputs?: boolean;
  readonly farm?: string;
  readonly wait: number;
  readonly stream?: string;
  readonly json?: boolean;
}

/** @throws OPQ0909 */
function share(text: string): number {
  const value = text.endsWith('%') ? fraction(text.slice(0, -1)) / 100 : fraction(text);
  if (value < 0 || value > 1)
    throw cliErrors.usage(`--threshold is a share from 0 to 1, or up to 100%, not "${text}".`);
  return value;
}

/** @throws OPQ0909 */
function taskName(text: string): Task {
  if (text !== 'classification' && text !== 'reconstruction')
    throw cliErrors.usage(`--task is classification or reconstruction, not "${text}".`);
  return text;
}

export function hilCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('hil')
    .description('hardware in the loop: labelled samples on a board, every output bit for bit against the host')
    .argument(
      '[board]',
      'a board of opq.config.ts, a target (see opq targets), or a .json that describes a device (default: $OPQ_DEVICE)',
    )
    .option('--port <port>', 'port of a board: a serial port, socket://host:port or rfc2217://host:port (default: the emulated board)')
    .option('--source <file>', 'the network before compression, where --model is a model.opq: it stands beside')
    .option('--threshold <share>', 'accuracy that is enough, such as 0.8 or 80%', share)
    .option('--task <name>', 'classification (top-1) or reconstruction (area under the ROC curve); told by the network unless given', taskName)
    .option('--attempts <number>', 'how often in a row the board may fail before it is given up (default: 5)', count)
    .option('--junit <file>', 'write the verdict as JUnit XML')
    .option('--outputs', "the board's outputs, in the JSON")
    .option('--stream <file>', "write each sample's result as it comes, a line of JSON each")
    .option('--farm <url>', 'run on a board of a farm, behind this Redis (see opq farm --help)')
    .option('--wait <seconds>', 'with --farm, how long to wait for a board', seconds, 600)
    .addHelpText(
      'after',
      `${examples(
        'opq hil mps2-an386 --model model.opq --data images.bin --labels labels.csv --samples 200 --threshold 80%',
        'opq hil cortex-m4 --json',
        'opq hil pico --drive /media/RPI-RP2 --port /dev/ttyACM0',
        'opq hil desk.json --model model.opq --data test.npz --junit hil.xml',
        'opq hil mps2-an386 --farm redis://lab:6379 --model model.opq --data test.npz',
      )}\n\nExit codes: 0 passed, 1 failed, 2 wrong usage, 3 an output differs from the host, 4 accuracy is below the threshold, 130 interrupted`,
    ); // prettier-ignore
  firmwareFlags(command);
  samplesFlag(placementFlags(finetuneSwitch(dataFlags(methodFlags(budgetFlags(modelFlags(command)))))));
  jsonFlag(command).action(async (named: string | undefined, options: Options) => {
    const compressedFile = options.model !== undefined && isCompressedFile(options.model);
    const context = contextFor(options, options.model === undefined);
    const given = named ?? process.env['OPQ_DEVICE'];
    const { progress, finish } = progressDisplay();
    const stream = options.stream === undefined ? undefined : resultStream(options.stream);
    const listener = { progress, signal, onResult: stream?.add, onRestart: stream?.restart };
    try {
      const place =
        options.farm === undefined
          ? placeHere(given, options, context)
          : await placeInFarm(given, options.farm, options, context, { progress, signal });
      const { compressed, float, data } = await networkFor(options, compressedFile, context, place.target, {
        progress,
        signal,
      });
      if (data === undefined) throw cliErrors.noData('Measuring on a board');
      const samples =
        options.samples ?? (options.data === undefined ? context.config?.test.samples : undefined);
      const job = canonicalJob({
        compressed,
        float,
        data: samples === undefined ? data : take(data, samples),
        keepOutputs: options.outputs === true,
        placement: placementFor(options, context.config),
        task: options.task,
        threshold: options.threshold,
        attempts: options.attempts,
      });
      const report =
        place.kind === 'farm'
          ? await runOnFarm(job, place, listener)
          : await runJob(
              job,
              {
                ...place,
                selfTestAtBoot: options.selfTestAtBoot,
                backends: context.backends,
                directory: join(workFolder(context), place.name),
              },
              listener,
            );
      finish();
      if (options.junit !== undefined) writeWhole(options.junit, new TextEncoder().encode(junitOf(report)));
      print(options.json ? JSON.stringify(report, null, 2) : hilText(report));
      const codes = { passed: EXIT.ok, different: EXIT.different, below: EXIT.below } as const;
      process.exitCode = codes[verdictOf(report)];
    } finally {
      finish();
      stream?.close();
    }
  });
}

interface PlaceHere {
  readonly kind: 'here';
  /** Of the folder for the build. */
  readonly name: string;
  readonly target: Target;
  readonly board: BoardUnderTest;
  readonly loader: BoardRequest['loader'];
}

/** @throws OPQ0501, OPQ0909, OPQ1602, OPQ1606 */
function placeHere(
  given: string | undefined,
  options: WriterOptions & { readonly port?: string },
  context: Context,
): PlaceHere {
  const { port } = options;
  if (given === undefined) throw cliErrors.usage('Name a board, or set OPQ_DEVICE.');
  if (given === 'host') throw hilErrors.onHost();
  const onPort = (path: string): BoardUnderTest => ({ connection: { kind: 'port', path }, expect: {} });
  if (given.endsWith('.json')) {
    const { target, connection, expect, loader } = readDevice(given);
    const board = port === undefined ? { connection, expect } : { ...onPort(port), expect };
    const found = boardFor(target, context).target;
    const path = board.connection.kind === 'port' ? board.connection.path : undefined;
    // What a flag says of the way goes before what the description says.
    const wanted = options.loader ?? (options.drive === undefined ? loader : undefined);
    return {
      kind: 'here',
      name: basename(given, '.json'),
      target: found,
      board,
      loader: writerOf(found, { ...options, loader: wanted }, path, context),
    };
  }
  const found = boardFor(given, context);
  const path = port ?? found.port;
  return {
    kind: 'here',
    name: given,
    target: found.target,
    loader: writerOf(found.target, options, path, context),
    board: path === undefined ? { connection: { kind: 'emulator' }, expect: {} } : onPort(path),
  };
}

interface Network {
  readonly compressed: CompressedModel;
  readonly float: Model | undefined;
  readonly data: Awaited<ReturnType<typeof dataFor>>;
}

/** The network that runs, and the samples: a model.opq as it stands, any other compressed as `opq deploy` does it. */
async function networkFor(
  options: Options,
  compressedFile: boolean,
  context: Context,
  target: Target,
  run: Pick<Parameters<typeof compressModel>[0], 'progress' | 'signal'>,
): Promise<Network> {
  if (compressedFile && options.model !== undefined) {
    const compressed = loadCompressedModel(options.model);
    const source = options.source === undefined ? undefined : await loadModel(options.source);
    return {
      compressed,
      float: source && toFloatModel(source).model,
      data: await dataFor(options, context.config, compressed.model),
    };
  }
  if (options.source !== undefined)
    throw cliErrors.usage('--source goes with a model.opq; another network is its own source.');
  const { model, compress } = await sourceFor(options, context);
  const study = compress === false ? undefined : await studyFor(options, context, model);
  const data = study?.data ?? (await dataFor(options, context.config, model));
  if (data === undefined) throw cliErrors.noData('Measuring on a board');
  const calibration =
    study?.calibration ?? (await calibrationFor(options.calibrate, options, context.config, model));
  const storage = { target, backends: context.backends };
  const { compressed } = await compressModel({
    ...run,
    source: model,
    compress,
    storage,
    calibration,
    finetune: study?.plan,
  });
  if (study !== undefined) rmSync(study.checkpoint, { force: true });
  return { compressed, float: toFloatModel(model).model, data };
}
