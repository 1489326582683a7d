import type { Command } from 'commander';
import { cliErrors } from '@opq/errors';
import { openNetwork, verifyNetworks, type HostRuntime, type Verification } from '@opq/pipeline';
import { dataFlags, examples, hostRuntimeFlag, jsonFlag, samplesFlag } from '../flags';
import { dataFor, numeric, type DataOptions } from '../options';
import { EXIT, print, progressDisplay } from '../output';
import { table } from '../tables';

interface Options extends DataOptions {
  readonly runtime: HostRuntime;
  readonly samples?: number;
  readonly seed: number;
  readonly inputRange: readonly [number, number];
  readonly exact?: boolean;
  readonly tolerance?: number;
  readonly json?: boolean;
}

function range(text: string): readonly [number, number] {
  const [low = Number.NaN, high = Number.NaN, ...more] = text.split(',').map(numeric);
  if (!(low < high) || more.length > 0) throw cliErrors.usage(`"${text}" is not a range such as -1,1.`);
  return [low, high];
}

export function verifyCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('verify')
    .description('compare the outputs of two networks over samples or made-up inputs')
    .argument('<a>', 'network (.tflite, .h5, .keras, .onnx, .opq)')
    .argument('<b>', 'network made from it, or the other way round')
    .option('--exact', 'exit with 3 unless all outputs are the same bits')
    .option('--tolerance <number>', 'exit with 3 where an output differs by more, as a real number', numeric)
    .option('--seed <number>', 'of made-up inputs', numeric, 1)
    .option(
      '--input-range <low,high>',
      'real numbers that made-up inputs of float networks lie between',
      range,
      [-1, 1],
    )
    .addHelpText(
      'after',
      examples(
        'opq verify original.tflite compressed.tflite',
        'opq verify model.opq .opq/tflm/emitted/model.tflite --exact',
        'opq verify original.tflite compressed.tflite --data images.bin --labels labels.csv --json',
      ),
    );
  hostRuntimeFlag(samplesFlag(dataFlags(command)), 'opq');
  jsonFlag(command).action(async (fileA: string, fileB: string, options: Options) => {
    const a = await openNetwork(fileA, options.runtime);
    const b = await openNetwork(fileB, options.runtime);
    const { progress, finish } = progressDisplay();
    try {
      const data = await dataFor(options, undefined, a.model);
      const result = await verifyNetworks(a, b, data, { ...options, progress, signal });
      finish();
      print(options.json ? JSON.stringify(result, null, 2) : verificationText(result, [fileA, fileB]));
      const differs =
        (options.exact === true && result.equal !== result.samples) ||
        (options.tolerance !== undefined && result.difference.largest > options.tolerance);
      if (differs) process.exitCode = EXIT.different;
    } finally {
      finish();
      a.close();
      b.close();
    }
  });
}

function verificationText(result: Verification, files: readonly [string, string]): string {
  const percent = (share: number | null): string => (share === null ? '' : (100 * share).toFixed(2));
  const { samples, equal, sameLargest, difference } = result;
  return [
    table(
      ['network', 'runtime', 'bytes', 'accuracy %'],
      [result.a, result.b].map((n, i) => [
        files[i] ?? '',
        n.runtime,
        n.bytes.toLocaleString('en-US'),
        percent(n.accuracy),
      ]),
      [2, 3],
    ),
    '',
    equal === null
      ? 'bit for bit: not comparable, outputs are of different kinds or scales'
      : `bit for bit: ${equal} of ${samples} samples equal`,
    `largest output: the same in ${sameLargest} of ${samples} samples`,
    `difference of outputs: at most ${difference.largest.toPrecision(3)}, ${difference.mean.toPrecision(3)} on average`,
  ].join('\n');
}
