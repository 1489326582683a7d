import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { renderSvg, shown } from './render';
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

export interface AccuracyCurves {
  /** Name of the network. */
  readonly model: string;
  /** What the bytes are, such as `Flash on qemu-cortex-m4`. */
  readonly size: string;
  readonly curves: readonly AccuracyCurve[];
  /** Share, 0…1, of the network that was compressed; null where it is not known. */
  readonly float: number | null;
}

const WIDTH = 520;
const HEIGHT = 320;
/** Sizes that span more than this many times stand on a logarithmic axis. */
const LINEAR_SPAN = 8;
const percent = (share: number): number => 100 * share;

/** Accuracy against size, a line for each allocator and training, the float network's accuracy as a rule; as SVG. */
export function accuracyCurves({ model, size, curves, float }: AccuracyCurves): Promise<string> {
  const values = curves.flatMap(({ allocator, training, points }) =>
    points.map(({ bytes, accuracy }) => ({
      allocator: shown(allocator),
      training: shown(training),
      bytes,
      accuracy: percent(accuracy),
    })),
  );
  const sizes = values.map(({ bytes }) => bytes);
  const wide = sizes.length > 0 && Math.max(...sizes) > LINEAR_SPAN * Math.min(...sizes);
  const allocators = [...new Set(values.map(({ allocator }) => allocator))];
  const trainings = [...new Set(values.map(({ training }) => training))];
  const spec: TopLevelSpec = {
    title: { text: `${shown(model)}: accuracy against size`, subtitle: 'activations rounded as int8 will' },
    width: WIDTH,
    height: HEIGHT,
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
            axis: { format: ',.0f', tickCount: 6, labelOverlap: 'greedy' },
          },
          y: { field: 'accuracy', type: 'quantitative', title: 'Accuracy (%)', scale: { zero: false } },
          color: {
            field: 'allocator',
            type: 'nominal',
            title: 'Allocator',
            scale: { domain: allocators, range: LINES.map(({ light }) => light) },
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
    ],
  }; // prettier-ignore
  return renderSvg(spec, {
    title: `Accuracy against size of ${model}`,
    description: describe({ size, curves, float }),
  });
}

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
    encoding: { x: { value: WIDTH }, y: { datum: accuracy, type: 'quantitative' as const } },
  },
];

function describe({ size, curves, float }: Omit<AccuracyCurves, 'model'>): string {
  const lines = curves.map(
    ({ allocator, training, points }) =>
      `${allocator}, ${training}: ${points.map(({ bytes, accuracy }) => `${percent(accuracy).toFixed(2)} % at ${bytes}`).join(', ') || 'nothing'}`,
  );
  return `${size} in bytes and accuracy. ${float === null ? '' : `float32: ${percent(float).toFixed(2)} %. `}${lines.join('; ')}.`;
}
