import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { renderSvg, shown, type Chart } from './render';
import { LINES, theme } from './theme';

/** Networks of one kind, from small to large. */
export interface AccuracyCurve {
  /** What chose sparsity and steps; has one colour. */
  readonly allocator: string;
  /** One shot or finetuned; has one kind of line. */
  readonly training: string;
  /** Accuracy is a share, 0…1. */
  readonly points: readonly { readonly bytes: number; readonly accuracy: number }[];
}

/** Accuracy of networks against their bytes, a curve for each allocator and kind of training. */
export interface AccuracyCurves {
  /** Name of the network. */
  readonly model: string;
  /** What the bytes are, such as `Flash on qemu-cortex-m4`. */
  readonly size: string;
  /** In the order of the legend. */
  readonly curves: readonly AccuracyCurve[];
  /** Share, 0…1, of the network that was compressed; null where it is not known. */
  readonly float: number | null;
  /** Single networks to be seen among the others. */
  readonly marks?: readonly Mark[];
}

interface Mark {
  readonly label: string;
  readonly bytes: number;
  /** Share, 0…1. */
  readonly accuracy: number;
}

/** How the chart is laid out. */
interface Layout {
  readonly width: number;
  readonly height: number;
  /** A title of its own, and the legend beside it; without, both are left to the page, and `width` is that of the whole chart. */
  readonly alone: boolean;
}

const WIDTH = 520;
const HEIGHT = 320;
/** Sizes that span more than this many times stand on a logarithmic axis. */
const LINEAR_SPAN = 8;
const percent = (share: number): number => 100 * share;

/** Accuracy against size, a line for each allocator and training, the float network's accuracy as a rule; as SVG. */
export function accuracyCurves(data: AccuracyCurves): Promise<string> {
  return renderSvg(chartOf(data, { width: WIDTH, height: HEIGHT, alone: true }));
}

/** The same for a page. @param width of the whole chart in pixels */
export function accuracyChart(data: AccuracyCurves, width: number): Chart {
  return chartOf(data, { width, height: 300, alone: false });
}

function chartOf({ model, size, curves, float, marks = [] }: AccuracyCurves, layout: Layout): Chart {
  const values = curves.flatMap(({ allocator, training, points }) =>
    points.map(({ bytes, accuracy }) => ({
      allocator: shown(allocator),
      training: shown(training),
      bytes,
      accuracy: percent(accuracy),
    })),
  );
  const sizes = [...values, ...marks].map(({ bytes }) => bytes);
  const wide = sizes.length > 0 && Math.max(...sizes) > LINEAR_SPAN * Math.min(...sizes);
  const allocators = [...new Set(values.map(({ allocator }) => allocator))];
  const trainings = [...new Set(values.map(({ training }) => training))];
  const spec: TopLevelSpec = {
    ...(layout.alone
      ? { title: { text: `${shown(model)}: accuracy against size`, subtitle: 'activations rounded as int8 will' } }
      : { autosize: { type: 'fit' as const, contains: 'padding' as const }, config: LEGEND_BELOW }),
    width: layout.width,
    height: layout.height,
    layer: [
      ...(float === null ? [] : reference(percent(float))),
      {
        data: { values },
        mark: { type: 'line', point: { size: 45 } },
        encoding: {
          x: {
            field: 'bytes',
            type: 'quantitative',
            title: `${shown(size)} (bytes)`,
            scale: wide ? { type: 'log' } : { type: 'linear', zero: false },
            axis: { format: ',.0f', tickCount: layout.width < 480 ? 3 : 6, labelOverlap: 'greedy' },
          },
          y: { field: 'accuracy', type: 'quantitative', title: 'Accuracy (%)', scale: { zero: false } },
          color: {
            field: 'allocator',
            type: 'nominal',
            title: 'Allocator',
            scale: { domain: allocators, range: LINES.map(({ light }) => light) },
            ...(!layout.alone && curves.length < 2 && { legend: null }),
          },
          strokeDash: {
            field: 'training',
            type: 'nominal',
            title: 'Training',
            scale: { domain: trainings, range: [[1, 0], [6, 3], [2, 2]] },
            ...(trainings.length < 2 && { legend: null }),
          },
          ...(trainings.length > 1 && {
            shape: {
              field: 'training',
              type: 'nominal' as const,
              title: 'Training',
              scale: { domain: trainings, range: ['circle', 'square', 'diamond'] },
            },
          }),
        },
      },
      ...(marks.length === 0 ? [] : markers(marks)),
    ],
  }; // prettier-ignore
  return {
    spec,
    title: `Accuracy against size of ${model}`,
    description: describe({ size, curves, float, marks }),
  };
}

const LEGEND_BELOW: NonNullable<TopLevelSpec['config']> = {
  legend: { orient: 'bottom', direction: 'horizontal', columns: 2 },
};

/** Diamonds with their names beside them. */
const markers = (marks: readonly Mark[]) => {
  const values = marks.map(({ label, bytes, accuracy }) => ({
    mark: shown(label),
    bytes,
    accuracy: percent(accuracy),
  }));
  const encoding = {
    x: { field: 'bytes', type: 'quantitative' as const },
    y: { field: 'accuracy', type: 'quantitative' as const },
  };
  return [
    {
      data: { values },
      mark: { type: 'point' as const, shape: 'diamond', filled: true, size: 160, opacity: 1, color: theme.text.light },
      encoding,
    },
    {
      data: { values },
      mark: { type: 'text' as const, align: 'left' as const, dx: 8, dy: 14, fontWeight: 'bold' as const, fontSize: 12, color: theme.text.light },
      encoding: { ...encoding, text: { field: 'mark' } },
    },
  ]; // prettier-ignore
};

const reference = (accuracy: number) => [
  {
    data: { values: [{}] },
    mark: { type: 'rule' as const, color: theme.axis.light, strokeDash: [4, 4] },
    encoding: { y: { datum: accuracy, type: 'quantitative' as const } },
  },
  {
    data: { values: [{}] },
    mark: {
      type: 'text' as const,
      color: theme.quiet.light,
      align: 'right' as const,
      dx: -4,
      dy: -7,
      text: `float32: ${accuracy.toFixed(2)} %`,
    },
    encoding: { x: { value: 'width' as const }, y: { datum: accuracy, type: 'quantitative' as const } },
  },
];

function describe({ size, curves, float, marks = [] }: Omit<AccuracyCurves, 'model'>): string {
  const lines = curves.map(
    ({ allocator, training, points }) =>
      `${allocator}, ${training}: ${points.map(({ bytes, accuracy }) => `${percent(accuracy).toFixed(2)} % at ${bytes}`).join(', ') || 'nothing'}`,
  );
  const marked = marks.map(
    ({ label, bytes, accuracy }) => ` Marked: ${label}, ${percent(accuracy).toFixed(2)} % at ${bytes}.`,
  );
  return `${size} in bytes and accuracy. ${float === null ? '' : `float32: ${percent(float).toFixed(2)} %. `}${lines.join('; ')}.${marked.join('')}`;
}
