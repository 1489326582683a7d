import type { Command } from 'commander';
import { cliErrors } from '@opq/errors';
import { openNetwork, runNetwork, type HostRuntime } from '@opq/pipeline';
import { dataFlags, examples, hostRuntimeFlag, jsonFlag, samplesFlag } from '../flags';
import { dataFor, type DataOptions } from '../options';
import { print, progressDisplay } from '../output';
import { table } from '../tables';

interface Options extends DataOptions {
  readonly runtime: HostRuntime;
  readonly samples?: number;
  readonly json?: boolean;
}

/** Samples whose outputs are shown to people; JSON has all. */
const SHOWN = 10;

export function runCommand(program: Command, signal: AbortSignal): void {
  const command = program
    .command('run')
    .description('run a network on this machine: outputs, accuracy, time')
    .argument('<model>', 'network to run (.tflite, .h5, .keras, .onnx, .opq)')
    .addHelpText(
      'after',
      examples(
        'opq run model.tflite --data images.bin --labels labels.csv',
        'opq run model.tflite --data mnist --samples 100 --runtime opq --json',
      ),
    );
  hostRuntimeFlag(samplesFlag(dataFlags(command)));
  jsonFlag(command).action(async (file: string, options: Options) => {
    const network = await openNetwork(file, options.runtime);
    const { progress, finish } = progressDisplay();
    try {
      const data = await dataFor(options, undefined, network.model);
      if (data === undefined) throw cliErrors.noData('Running a network');
      const result = await runNetwork(network, data, { samples: options.samples, progress, signal });
      finish();
      if (options.json) return print(JSON.stringify(result, null, 2));
      const rows = result.outputs
        .slice(0, SHOWN)
        .map(({ largest, values }, i) => [
          String(i),
          String(largest),
          values.map((v) => v.toPrecision(4)).join(' '),
        ]);
      const accuracy = result.accuracy === null ? 'no labels' : `${(100 * result.accuracy).toFixed(2)} %`;
      print(
        [
          table(['sample', 'largest', 'outputs'], rows, [0, 1]),
          '',
          `accuracy: ${accuracy} of ${result.samples} samples`,
          `runtime: ${result.runtime}, ${result.milliseconds.toFixed(2)} ms an inference on this machine`,
        ].join('\n'),
      );
    } finally {
      finish();
      network.close();
    }
  });
}
