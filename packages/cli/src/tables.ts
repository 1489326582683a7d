import Table from 'cli-table3';
import { printable } from '@opq/errors';
import type { DeployReport } from '@opq/pipeline';

/** A plain table for terminals: no colours, one line between head and body. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string {
  const t = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (rightAligned.includes(i) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '─',
      'mid-mid': '─',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  t.push(...rows.map((row) => row.map((cell) => printable(cell, 60))));
  return t
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const percent = (share: number): string => (100 * share).toFixed(2);
const grouped = (n: number): string => n.toLocaleString('en-US');

/** The last lines of a deployment; scripts may read them. */
function deploySummary(report: DeployReport): readonly string[] {
  const { accuracy, latency, bitExact } = report;
  const unit = latency.kind === 'instructions' ? 'instructions' : 'microseconds';
  return [
    ...(accuracy === null
      ? []
      : [
          `accuracy: ${accuracy.float === null ? '' : `float ${percent(accuracy.float)} % · `}host ${percent(accuracy.host)} % · board ${percent(accuracy.board)} %`,
        ]),
    `latency: ${Math.round(latency.value)} ${unit} per inference on ${report.device}`,
    `bit-exact: ${bitExact.equal} of ${bitExact.total} outputs equal`,
  ];
}

/** A timer that is this far from what it is said to count makes every time wrong. */
const TIMER_TOLERANCE = 0.02;

/** The timer of a physical board, the spread of what it counted, and whether it keeps time. */
function timerText({ timer, latencyRange: [least, most] }: DeployReport): readonly string[] {
  if (timer === undefined) return [];
  const { driver, hertz, measuredHertz, warmUp } = timer;
  const off = Math.abs(measuredHertz / hertz - 1);
  const megahertz = (n: number): string => `${(n / 1e6).toFixed(2)} MHz`;
  return [
    `timer: ${driver} at ${megahertz(hertz)}, measured ${megahertz(measuredHertz)}; ${Math.round(least)} to ${Math.round(most)} microseconds after ${warmUp} runs to warm up`,
    ...(off > TIMER_TOLERANCE
      ? [
          `warning: the timer is off by ${percent(off)} %: the board runs at another clock than its target says, and times are wrong by as much`,
        ]
      : []),
  ];
}

/** Where the board first departs from the host. */
function differenceText({ difference }: DeployReport): readonly string[] {
  if (difference === undefined) return [];
  const at = difference.sample === null ? 'the self-test' : `sample ${difference.sample}`;
  switch (difference.what) {
    case 'model':
      return ["first difference: the model's tables in flash are damaged; write the firmware again"];
    case 'layer':
      return [`first difference: ${at}, layer ${printable(difference.layer ?? 'unknown')}`];
    case 'output':
      return [`first difference: ${at}, in the output; each layer by itself agrees`];
  }
}

/** A deployment for people: layers, sizes, then the summary. */
export function deployText(report: DeployReport): string {
  const { size, memory } = report;
  const rows = report.layers.map((l) => [
    l.layer,
    l.kind,
    l.encoding,
    l.sparsity === undefined ? '' : `${percent(l.sparsity)} %`,
    grouped(l.weightBytes + l.tableBytes),
    grouped(l.macs),
    grouped(Math.round(l.latency.value)),
  ]);
  const unit = report.latency.kind === 'instructions' ? 'instructions' : 'µs';
  const ratio = size.weightsAfter === 0 ? 0 : size.weightsBefore / size.weightsAfter;
  return [
    table(['layer', 'kind', 'encoding', 'zeros', 'bytes', 'MACs', unit], rows, [3, 4, 5, 6]),
    '',
    `weights: ${grouped(size.weightsBefore)} bytes in float32, ${grouped(size.weightsAfter)} in flash (${ratio.toFixed(1)}x smaller)`,
    ...(size.weightsPaper === null
      ? []
      : [
          `paper accounting: ${grouped(size.weightsPaper)} bytes (${(size.weightsBefore / Math.max(1, size.weightsPaper)).toFixed(1)}x, without masks and codebooks)`,
        ]),
    `flash: ${grouped(size.image.flash)} bytes (model ${grouped(size.model)}, the rest is code)`,
    `ram: ${grouped(size.arena)} bytes of arena, ${grouped(memory.stackPeak)} of stack`,
    `self-test: ${report.selfTest ? 'passed' : 'FAILED'}`,
    ...differenceText(report),
    ...(report.standIn === undefined
      ? []
      : [
          `board: none connected; ${report.standIn.target} stands in for ${report.target} (${report.standIn.title})`,
          ...report.standIn.notes,
        ]),
    ...timerText(report),
    ...deploySummary(report),
  ].join('\n');
}

/** A line of the confusion matrix for each class; undefined where there are no labels, or too many classes for a terminal. */
function confusionText({ confusion }: DeployReport): string | undefined {
  if (confusion === null || confusion.length > 16) return undefined;
  const head = ['label \\ answer', ...confusion.map((_, i) => String(i))];
  const rows = confusion.map((row, i) => [String(i), ...row.map((n) => (n === 0 ? '·' : String(n)))]);
  return table(
    head,
    rows,
    head.map((_, i) => i),
  );
}

/** Hardware in the loop, for people: as a deployment, with confusion matrix, spread of the latency, interruptions and verdict. */
export function hilText(report: DeployReport): string {
  const { task, accuracy, threshold, latency, latencyRange, interruptions } = report;
  const confusion = confusionText(report);
  const [least, most] = latencyRange;
  return [
    deployText(report),
    `latency range: ${grouped(Math.round(least))} to ${grouped(Math.round(most))} ${latency.kind}`,
    ...(task === 'reconstruction' ? ['accuracy is the area under the ROC curve of the squared error'] : []),
    ...(confusion === undefined ? [] : ['', confusion, '']),
    ...interruptions.map(
      ({ sample, code, message }) =>
        `interrupted ${sample === null ? 'before the first sample' : `at sample ${sample}`}, taken up again: ${code}: ${printable(message, 200)}`,
    ),
    ...(threshold === null
      ? []
      : [
          `threshold: ${percent(threshold)} %, ${accuracy === null ? 'without labels: MISSED' : accuracy.board < threshold ? 'MISSED' : 'reached'}`,
        ]),
  ].join('\n');
}
