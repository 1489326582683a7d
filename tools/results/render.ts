import type { CurvePoint, Stage } from './curve';
import type { AllocationResults, ScaleRow } from './allocation';
import type { FoldingRow } from './folding';
import type { GridPoint } from './grid';

const NAMES = ['opq', 'global-l2', 'uniform', 'lamp', 'riq'] as const;
const percent = (share: number | undefined): string => (share === undefined ? '–' : (100 * share).toFixed(1));
const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The best of a row in bold, and what is within a point of it. */
const marked = (values: readonly (number | undefined)[]): readonly string[] => {
  const best = Math.max(...values.map((v) => v ?? 0));
  return values.map((v) => (v !== undefined && v >= best - 0.01 ? `**${percent(v)}**` : percent(v)));
};

function grid(title: string, points: readonly GridPoint[]): string {
  const float = points.find((p) => p.allocator === 'float32');
  const keys = [...new Set(points.filter((p) => p.allocator !== 'float32').map((p) => `${p.sparsity} ${p.bits}`))];
  const rows = keys.map((key) => {
    const own = NAMES.map((name) => points.find((p) => p.allocator === name && `${p.sparsity} ${p.bits}` === key));
    const opq = own[0];
    const [sparsity = '', bits = ''] = key.split(' ');
    return [
      percent(Number(sparsity)), bits, ...marked(own.map((p) => p?.accuracy)),
      opq === undefined ? '' : opq.paperRatio.toFixed(0), opq === undefined ? '' : opq.storedRatio.toFixed(1), opq === undefined ? '' : percent(opq.disagreement),
    ];
  });
  return [
    `### ${title}`,
    '',
    `Float: ${percent(float?.accuracy)} %. Accuracy in percent over all 10,000 test images, nothing trained, nothing repaired; the last three columns are those of opq.`,
    '',
    table(['pruned %', 'bits', ...NAMES, 'x paper', 'x stored', 'Laplace vs exact %'], rows),
  ].join('\n');
} // prettier-ignore

const at = (
  points: readonly CurvePoint[],
  share: number,
  stage: Stage,
  name: string,
): CurvePoint | undefined =>
  points.find((p) => p.share === share && p.stage === stage && p.allocator === name);

function curve(title: string, points: readonly CurvePoint[]): string {
  const float = points.find((p) => p.allocator === 'float32');
  const shares = [...new Set(points.filter((p) => p.allocator !== 'float32').map((p) => p.share))];
  const stage = (name: Stage, caption: string): string => {
    const rows = shares.map((share) => {
      const own = NAMES.map((allocator) => at(points, share, name, allocator));
      const opq = own[0];
      return [
        percent(share), opq === undefined ? '' : grouped(opq.bytes), ...marked(own.map((p) => p?.accuracy)),
        opq === undefined ? '' : percent(opq.sparsity), opq === undefined ? '' : opq.bits.toFixed(2),
      ];
    });
    return [caption, '', table(['% of int8', 'bytes (opq)', ...NAMES, 'pruned % (opq)', 'bits (opq)'], rows)].join('\n');
  };
  const steps = shares.map((share) => [
    percent(share),
    ...(['none', 'bias', 'reconstruction', 'equalise+reconstruction'] as const).flatMap((name) => {
      const p = at(points, share, name, 'opq');
      return [percent(p?.accuracy), p === undefined ? '' : grouped(p.bytes)];
    }),
  ]);
  return [
    `### ${title}`,
    '',
    `Float: ${percent(float?.accuracy)} %. Bytes are those of weights and their tables as stored.`,
    '',
    stage('none', '**Nothing repaired:**'),
    '',
    stage('bias', '**With bias correction:**'),
    '',
    stage('reconstruction', '**With layer-wise reconstruction** (which solves the biases as well):'),
    '',
    '**What each step gains, allocator opq** (accuracy in percent, bytes as stored):',
    '',
    table(['% of int8', 'none', 'bytes', '+ bias correction', 'bytes', '+ reconstruction', 'bytes', 'equalised first', 'bytes'], steps),
  ].join('\n');
} // prettier-ignore

const scale = (rows: readonly ScaleRow[]): string =>
  table(
    ['network', 'weights', 'allocation s', 'MB', 'whole compression s', 'MB', 'x paper', 'x stored', 'pruned %', 'bits'],
    rows.map((r) => [
      r.network, grouped(r.weights), (r.allocationMilliseconds / 1000).toFixed(2), grouped(r.allocationMegabytes),
      (r.compressionMilliseconds / 1000).toFixed(1), grouped(r.compressionMegabytes), r.paperRatio.toFixed(1), r.storedRatio.toFixed(1),
      percent(r.sparsity), r.bits.toFixed(2),
    ]),
  ); // prettier-ignore

const folding = (rows: readonly FoldingRow[]): string =>
  table(
    ['network', 'batch norm', 'layers', 'bytes of weights', 'other bytes', 'accuracy %'],
    rows.map((r) => [
      r.network, r.folded ? 'folded' : 'beside the weights', String(r.layers), grouped(r.weightBytes), grouped(r.otherBytes), percent(r.accuracy),
    ]),
  ); // prettier-ignore

/** docs/results/allocation.md */
export const renderAllocation = (results: AllocationResults): string => `# Allocation without training

Made by \`npm run results:allocation\` from real networks and samples (tools/results says which; OPQ_TEST_DATA names their folder);
the numbers are in [allocation.json](allocation.json). Bold: the best of a row, and whatever is within one point of it.

## LeNet on MNIST: sparsity and bits outright

${grid('LeNet-300-100 (266,610 weights)', results.lenet300)}

${grid('LeNet-5 (431,080 weights)', results.lenet5)}

## Accuracy against bytes, from int8's size down to a tenth

Budgets are bytes as stored; sparsity and bits follow from the joint solution. Repairs look at 256 (ResNet-8) or 200 (DS-CNN)
samples that are not among those that test.

${curve('ResNet-8 on CIFAR-10 (77,706 weights; 4,744 test images)', results.ic)}

${curve('DS-CNN on speech commands (22,604 weights; 300 test samples)', results.kws)}

## What the tables say

- Reconstruction decides. From half of int8's size downwards it is worth more than the differences between opq, riq and
  lamp; bias correction alone gives ResNet-8 most of it and the DS-CNN little. Equalising first changes little above a quarter of int8's size and costs
  accuracy below: channel gains have already evened out what it evens out. It is off unless asked for.
- With reconstruction opq is the best allocator or within one point of the best in every row of ResNet-8 but the last (a tenth of
  int8, where riq is 1.2 points ahead of it at half the float accuracy), and in every row of the DS-CNN that still classifies.
  At a fifth of int8 the DS-CNN is ruined under all allocators; lamp and riq keep more of what is left.
- Without any repair opq is not the best on ResNet-8 between 40 and 20 % (riq is ahead by 3 to 16 points), nor on the DS-CNN at 50
  % and from 30 % downwards (lamp). Shifts of channel means are a large part of the errors there, and add up over depth; weights
  alone do not show them. riq and lamp spend more on small layers. Bias correction, which removes just these shifts, brings
  opq within 1, 1 and 2 points of riq at 40, 30 and 20 % (7 points are left at 25 %).
- On LeNet at outright sparsities, where nothing but the allocation differs, opq, global-l2, lamp and riq lie within about two points
  up to 90 %. At 95 % lamp and global-l2 are up to three points ahead of opq on LeNet-300-100 (riq nine behind), and global-l2 is
  seven behind on LeNet-5. Uniform shares lose everywhere.
- 300 samples of the DS-CNN tell two points apart at best; ResNet-8's 4,744 tell one.

## Folding batch norm

The same two networks with batch norm split out of their weights, as files from training have it, at 2.4 bits a weight as stored
and reconstructed:

${folding(results.folding)}

## At the size of published networks

MobileNet-V1 0.25 is the real network; weights of the others are drawn per layer from a Laplace density
(tools/results/scale.ts). The ratio in paper accounting is the one the paper
reports. Times are of this run and machine; \`allocation\` is everything up to sparsities per layer, \`whole compression\` also makes
masks, steps, levels and the stored form.

${scale(results.scale)}
`;
