import { join, relative } from 'node:path';
import { Option, type Command } from 'commander';
import { cliErrors } from '@opq/errors';
import { PORT_LOADERS, type PortLoader } from '@opq/flasher';
import {
  benchmarkFor,
  BENCHMARK_MODES,
  BENCHMARK_NAMES,
  buildBenchmark,
  bytesOf,
  endsOf,
  openBenchmarkData,
  runBenchmark,
  type BenchmarkMode,
  type BenchmarkName,
} from '@opq/hil';
import { tensorOf, type CompressedModel } from '@opq/ir';
import {
  compressModel,
  isCompressedFile,
  loadCompressedModel,
  loadModel,
  writeWhole,
  type RunOptions,
} from '@opq/pipeline';
import { boardFor, contextFor, loaderOf, workFolder, type Context } from '../context';
import { examples, jsonFlag, placementFlags, samplesFlag } from '../flags';
import { mlperfText } from '../mlperf-text';
import { count, fraction, numeric, placementFor, seconds, type PlacementOptions } from '../options';
import { EXIT, print, progressDisplay } from '../output';

interface Options extends PlacementOptions {
  readonly model: string;
  readonly config?: string;
  readonly data?: string;
  readonly labels?: string;
  readonly labelsColumn?: number;
  readonly dataScale?: number;
  readonly dataZeroPoint?: number;
  readonly samples?: number;
  readonly benchmark?: BenchmarkName;
  readonly mode: BenchmarkMode;
  readonly iterations?: number;
  readonly warmUp: number;
  readonly minDuration?: number;
  readonly port?: string;
  readonly loader?: PortLoader | 'none';
  readonly firmwareOnly?: boolean;
  readonly transcript?: string;
  readonly json?: boolean;
}

/** A whole number, none as well. @throws OPQ0909 */
const countOrNone = (text: string): number => (text === '0' ? 0 : count(text));

export function mlperfCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('mlperf')
    .description('run a network as a benchmark of MLPerf Tiny, as its public runner does')
    .argument('<board>', 'a board of opq.config.ts, or a target (see opq targets)')
    .requiredOption('--model <file>', 'a model.opq, or an int8 network that runs as it stands')
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder')
    .option('--data <place>', 'a data set of MLPerf Tiny (a folder with y_labels.csv), or a file of its samples one after the other')
    .option('--labels <file>', 'class numbers of the samples in a file: a .csv with a row, a .npy with a number, or a file with a byte for each')
    .option('--labels-column <number>', 'column of the class number in a .csv, from 0 (default: the last)', numeric)
    .option('--data-scale <number>', "what bytes mean to this network, where it is not the benchmark's own: real value = (raw − zero point) · scale", fraction)
    .option('--data-zero-point <number>', 'see --data-scale', numeric)
    .addOption(new Option('--benchmark <name>', 'told by the shape of the network unless given').choices(BENCHMARK_NAMES))
    .addOption(new Option('--mode <name>', 'what is measured').choices(BENCHMARK_MODES).default('performance'))
    .option('--iterations <number>', 'inferences of a loop (default: as many as last for --min-duration)', count)
    .option('--warm-up <number>', 'inferences before each loop', countOrNone, 10)
    .option('--min-duration <seconds>', "seconds of the board's timer that a loop lasts (default: 10; on an emulated board no more than 10⁹ instructions take)", seconds)
    .option('--port <port>', 'port of a board: a serial port, socket://host:port or rfc2217://host:port (default: the emulated board)')
    .addOption(
      new Option('--loader <name>', 'what writes the firmware to the board on --port first: its own loader unless given; none where it is there already')
        .choices([...PORT_LOADERS, 'none']),
    )
    .option('--firmware-only', 'build the firmware, write it to the board on --port, and leave the rest to the public runner')
    .option('--transcript <file>', 'write every command and every line of the answers')
    .addHelpText(
      'after',
      `${examples(
        'opq mlperf mps2-an386 --model ic.opq --data datasets/ic01',
        'opq mlperf mps2-an386 --model kws.opq --data kws.bin --labels y_labels.csv --mode accuracy',
        'opq mlperf esp32c3 --model ic.opq --data datasets/ic01 --port /dev/ttyUSB0 --transcript ic01.txt --json',
        'opq mlperf esp32c3 --model ic.opq --port /dev/ttyUSB0 --firmware-only',
      )}\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 4 accuracy is below the benchmark's, 130 interrupted`,
    ); // prettier-ignore
  placementFlags(samplesFlag(command));
  jsonFlag(command).action((name: string, options: Options) => runCommand(name, options, signal));
}

async function runCommand(name: string, options: Options, signal: AbortSignal): Promise<void> {
  if (options.samples !== undefined && options.mode !== 'accuracy')
    throw cliErrors.usage('--samples goes with --mode accuracy.');
  if (options.transcript !== undefined && options.firmwareOnly === true)
    throw cliErrors.usage('--transcript is of a run, which --firmware-only leaves out.');
  const context = contextFor(options.config === undefined ? {} : { config: options.config }, false);
  const { target, port: configured } = boardFor(name, context);
  const port = options.port ?? configured;
  const { progress, finish } = progressDisplay();
  try {
    const compressed = await networkOf(options.model, context, { progress, signal });
    const benchmark = benchmarkFor(compressed.model, options.benchmark);
    const { type, scale, zeroPoint } = benchmark.encoding;
    const encoding = {
      type,
      scale: options.dataScale ?? scale,
      zeroPoint: options.dataZeroPoint ?? zeroPoint,
    };
    if (type === 'f32' && (encoding.scale !== scale || encoding.zeroPoint !== zeroPoint))
      throw cliErrors.usage('--data-scale and --data-zero-point go with samples of bytes.');
    const build = {
      target,
      backends: context.backends,
      compressed,
      benchmark,
      encoding,
      mode: options.mode,
      port,
      loader: options.loader ?? loaderOf(target, context),
      placement: placementFor(options, context.config),
      directory: join(workFolder(context), `${name}-${benchmark.name}`),
      progress,
      signal,
    };
    if (options.firmwareOnly === true) {
      const { board, firmware } = await buildBenchmark(build);
      finish();
      const found = { benchmark: benchmark.name, target: board.name, baudRate: board.uart.baudRate };
      const files = {
        elf: relative(process.cwd(), firmware.elf),
        bin: relative(process.cwd(), firmware.bin),
      };
      print(
        options.json
          ? JSON.stringify({ ...found, ...files }, null, 2)
          : `firmware of ${benchmark.name} for ${board.name}, ${board.uart.baudRate} baud: ${files.elf} (and .bin)`,
      );
      return;
    }
    if (options.data === undefined) throw cliErrors.usage('Name the samples with --data.');
    const data = openBenchmarkData({
      path: options.data,
      labels: options.labels,
      labelsColumn: options.labelsColumn,
      bytes: bytesOf(encoding, endsOf(compressed.model).inputs),
    });
    const lines: string[] = [];
    try {
      const report = await runBenchmark({
        ...build,
        data,
        samples: options.samples,
        iterations: options.iterations,
        warmUp: options.warmUp,
        minimumSeconds: options.minDuration,
        transcript: options.transcript === undefined ? undefined : (line) => lines.push(line),
      });
      finish();
      print(options.json ? JSON.stringify(report, null, 2) : mlperfText(report));
      const { result } = report;
      if (result.mode === 'accuracy' && !result.reached) process.exitCode = EXIT.below;
    } finally {
      // What was said before an error is worth most.
      if (options.transcript !== undefined && lines.length > 0)
        writeWhole(options.transcript, new TextEncoder().encode(`${lines.join('\n')}\n`));
    }
  } finally {
    finish();
  }
}

/** A model.opq, or an int8 network that runs as it stands. @throws OPQ0909 for one in float32 */
async function networkOf(file: string, context: Context, run: RunOptions): Promise<CompressedModel> {
  if (isCompressedFile(file)) return loadCompressedModel(file);
  const source = await loadModel(file);
  const [input] = source.inputs;
  if (input === undefined || tensorOf(source, input).type !== 'int8')
    throw cliErrors.usage(`${file} is no int8 network: compress it (opq compress), and name the model.opq.`);
  return (await compressModel({ ...run, source, compress: false })).compressed;
}
