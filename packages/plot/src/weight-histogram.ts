import { grouped } from './placed';
import { shown, type Chart } from './render';
import { LINES, theme } from './theme';

/** Where the weights of a layer lie, divided by the gains of their channels. */
export interface WeightHistogram {
  /** Name of the layer. */
  readonly layer: string;
  /** Distance of neighbouring levels; null for int8 weights, shown as they are. */
  readonly step: number | null;
  /** Magnitude at and below which weights were pruned; null where none were. */
  readonly threshold: number | null;
  /** Levels k in use, ascending. */
  readonly levels: readonly number[];
  /** Weights of each level. */
  readonly counts: readonly number[];
  /** Weights before compression; bar i counts those in [from + i · width, from + (i + 1) · width). */
  readonly before: {
    readonly from: number;
    readonly width: number;
    readonly counts: readonly number[];
  } | null;
}

/**
 * Bars: the weights before, as many as fall on the width of one step, so that they compare with the levels. Stems: the levels and
 * how many weights take each. Dashed: the threshold. Heights go by the square root, or zero would hide all others.
 * @param width of the whole chart in pixels
 */
export function weightHistogram({ layer, step, threshold, levels, counts, before }: WeightHistogram, width: number): Chart {
  const unit = step ?? 1;
  const bars = (before?.counts ?? []).flatMap((count, i) =>
    before === null || count === 0
      ? []
      : [{ from: before.from + i * before.width, to: before.from + (i + 1) * before.width, none: 0, weights: (count * unit) / before.width }],
  );
  const stems = levels.map((level, i) => ({ value: level * unit, none: 0, weights: counts[i] ?? 0 }));
  const thresholds = threshold === null || threshold === 0 ? [] : [{ at: -threshold }, { at: threshold }];
  const x = (field: string) => ({ field, type: 'quantitative' as const, title: null, axis: { tickCount: 5, grid: false } });
  const y = {
    field: 'weights',
    type: 'quantitative' as const,
    title: null,
    scale: { type: 'sqrt' as const },
    axis: { tickCount: 4, format: '~s' },
  };
  return {
    title: `Weights of ${shown(layer)}`,
    description: describe({ step, threshold, levels, counts }),
    spec: {
      width,
      height: 150,
      autosize: { type: 'fit', contains: 'padding' },
      layer: [
        {
          data: { values: bars },
          mark: { type: 'rect', color: theme.axis.light, opacity: 0.45 },
          encoding: { x: x('from'), x2: { field: 'to' }, y, y2: { field: 'none' } },
        },
        {
          data: { values: thresholds },
          mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5, color: LINES[1]?.light ?? '' },
          encoding: { x: x('at') },
        },
        {
          data: { values: stems },
          mark: { type: 'rule', strokeWidth: stems.length > 40 ? 1 : 2, color: LINES[0]?.light ?? '' },
          encoding: { x: x('value'), y, y2: { field: 'none' } },
        },
        {
          data: { values: stems },
          mark: { type: 'point', filled: true, size: stems.length > 40 ? 8 : 28, opacity: 1, color: LINES[0]?.light ?? '' },
          encoding: { x: x('value'), y },
        },
      ],
    },
  };
} // prettier-ignore

function describe({ step, threshold, levels, counts }: Omit<WeightHistogram, 'layer' | 'before'>): string {
  const total = counts.reduce((a, b) => a + b, 0);
  const zeros = counts[levels.indexOf(0)] ?? 0;
  const size = (n: number): string => Number(n.toPrecision(3)).toString();
  return [
    `${grouped(total)} weights on ${levels.length} levels from ${levels[0] ?? 0} to ${levels.at(-1) ?? 0}`,
    step === null ? 'int8 without a codebook' : `step ${size(step)}`,
    `${grouped(zeros)} are zero`,
    threshold === null ? 'nothing was pruned' : `pruned up to a magnitude of ${size(threshold)}`,
  ].join(', ').concat('.');
} // prettier-ignore
