import { grouped } from './placed';
import { shown, type Chart } from './render';
import { LINES, theme } from './theme';

/** How long inferences took. */
export interface Latencies {
  /** Stands above the chart. */
  readonly title: string;
  /** Of the values, such as `µs` or `instructions`. */
  readonly unit: string;
  /** Of one run each, at most two. */
  readonly runs: readonly { readonly label: string; readonly values: readonly number[] }[];
}

const BARS = 24;

/**
 * How many inferences took how long, in 24 bars over the range of all runs, with the median of each.
 * @param width of the whole chart in pixels
 */
export function latencyHistogram({ title, unit, runs }: Latencies, width: number): Chart {
  const [least, most] = extremes(runs.flatMap(({ values }) => values));
  // Where all took equally long there is one bar, around it.
  const step = most > least ? (most - least) / BARS : 1;
  const from = most > least ? least : least - 0.5;
  const values = runs.flatMap((run, part) => {
    const counts = new Array<number>(BARS).fill(0);
    for (const value of run.values) {
      const bar = Math.min(BARS - 1, Math.max(0, Math.floor((value - from) / step)));
      counts[bar] = (counts[bar] ?? 0) + 1;
    }
    return counts.flatMap((samples, i) =>
      samples === 0
        ? []
        : [{ from: from + i * step, to: from + (i + 1) * step, none: 0, samples, run: String(part) }],
    );
  });
  const medians = runs.map((run, part) => ({ median: medianOf(run.values), run: String(part) }));
  const colours = { domain: runs.map((_, i) => String(i)), range: runs.map((_, i) => LINES[i]?.light ?? '') };
  return {
    title,
    description: runs
      .map((run) => `${shown(run.label)}: ${grouped(run.values.length)} inferences, median ${grouped(medianOf(run.values))} ${unit}, from ${extremes(run.values).map(grouped).join(' to ')}.`)
      .join(' '),
    spec: {
      width,
      height: 200,
      autosize: { type: 'fit', contains: 'padding' },
      layer: [
        {
          data: { values },
          mark: { type: 'rect', opacity: runs.length > 1 ? 0.6 : 1 },
          encoding: {
            x: { field: 'from', type: 'quantitative', title: `${shown(unit)} of one inference`, scale: { zero: false, nice: false }, axis: { format: ',.0f', tickCount: width < 480 ? 3 : 6, grid: false } },
            x2: { field: 'to' },
            y: { field: 'samples', type: 'quantitative', title: 'Inferences', axis: { tickMinStep: 1, format: 'd', tickCount: 4 } },
            y2: { field: 'none' },
            color: { field: 'run', type: 'nominal', scale: colours, legend: null },
          },
        },
        {
          data: { values: medians },
          mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5, color: theme.text.light },
          encoding: { x: { field: 'median', type: 'quantitative' } },
        },
      ],
    },
  };
} // prettier-ignore

const extremes = (values: readonly number[]): readonly [number, number] => [
  values.reduce((a, b) => Math.min(a, b), values[0] ?? 0),
  values.reduce((a, b) => Math.max(a, b), values[0] ?? 0),
];

/** The middle one, or the mean of both; 0 of none. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
