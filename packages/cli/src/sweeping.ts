import type { FailedPoint, PointResult, SweepReport } from '@opq/pipeline';
import { table } from './tables';

const grouped = (n: number): string => n.toLocaleString('en-US');
const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;
const trainingOf = ({ finetuned }: { readonly finetuned: boolean }): string =>
  finetuned ? 'finetuned' : 'one shot';

/** `flash 16,384`, `ratio 8 (paper)` */
function budgetText(budget: PointResult['budget']): string {
  const names = { averageBits: 'bits a weight' } as Readonly<Record<string, string>>;
  const { accounting, ...numbers } = { accounting: undefined, ...budget };
  const parts = Object.entries(numbers).map(([name, value]) => `${names[name] ?? name} ${grouped(value)}`);
  return `${parts.join(', ')}${accounting === undefined ? '' : ` (${accounting})`}`;
}

function row(point: PointResult | FailedPoint): readonly string[] {
  const asked = [point.allocator, trainingOf(point), budgetText(point.budget)];
  if (point.kind === 'failed') return [...asked, '', '', '', '', '', '', `error ${point.error.code}`];
  const { bytes, accuracy } = point;
  return [
    ...asked,
    grouped(bytes.stored),
    point.ratio.toFixed(1),
    bytes.flash === null ? 'refused' : grouped(bytes.flash),
    percent(point.sparsity, 1),
    point.bits.toFixed(2),
    percent(accuracy.float),
    percent(accuracy.int8),
  ];
}

/** A line for each point, then the float network, then what failed. */
export function sweepText({ points, float32, target, samples }: SweepReport): string {
  const failed = points.filter((point) => point.kind === 'failed');
  return [
    table(
      ['allocator', 'training', 'budget', 'stored bytes', 'x', 'flash', 'pruned', 'bits', 'float activations', 'rounded activations'],
      points.map(row),
      [3, 4, 5, 6, 7, 8, 9],
    ),
    '',
    'error' in float32
      ? `float32: error ${float32.error.code}: ${float32.error.message}`
      : `float32: ${grouped(float32.bytes)} bytes, accuracy ${percent(float32.accuracy)}`,
    `flash: all that ${target} stores of the network; accuracy on ${grouped(samples.test)} samples that neither calibrated nor trained anything`,
    ...failed.map(({ name, error }) => `${name}: error ${error.code}: ${error.message}\n  ${error.hint}`),
  ].join('\n');
} // prettier-ignore
