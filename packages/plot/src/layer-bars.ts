import { grouped, placed, PLACED_RECTANGLE } from './placed';
import { shown, type Chart } from './render';
import { LINES, theme } from './theme';

/** One or two figures of each layer, side by side. */
export interface LayerBars {
  /** Stands above the chart. */
  readonly title: string;
  /** What the bars of a layer are, such as predicted and measured; as many as `values` of each layer. */
  readonly series: readonly string[];
  /** Such as `instructions`. */
  readonly unit: string;
  /** null where a figure is not known. */
  readonly layers: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

const BAR = 9;
const LABEL = 20;
const GAP = 8;

/** Long names lose their end: the page has them in full. @param width of the whole chart in pixels */
export function layerBars({ title, series, unit, layers }: LayerBars, width: number): Chart {
  const most = Math.max(1, ...layers.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const row = LABEL + series.length * BAR + GAP;
  const bars = layers.flatMap(({ values }, i) =>
    values.flatMap((value, part) =>
      value === null
        ? []
        : [{
            left: 0,
            right: Math.max(1, (value / most) * width),
            top: i * row + LABEL + part * BAR,
            bottom: i * row + LABEL + (part + 1) * BAR - 1,
            colour: LINES[part % LINES.length]?.light,
          }],
    ),
  ); // prettier-ignore
  const labels = layers.map(({ label, values }, i) => ({
    label: shown(label),
    text: values.map((value) => (value === null ? '–' : grouped(value))).join(' · '),
    start: 0,
    end: width,
    middle: i * row + LABEL / 2 + 2,
  }));
  const longest = labels.reduce((most, label) => Math.max(most, label.text.length), 0);
  const text = { type: 'text' as const, baseline: 'middle' as const, fontSize: 12 };
  return {
    title,
    description: `${unit} of each layer, ${series.join(' and ')}. ${labels.map((l) => `${l.label}: ${l.text}`).join('; ')}.`,
    spec: {
      width,
      height: Math.max(1, layers.length * row - GAP),
      layer: [
        {
          data: { values: bars },
          mark: { type: 'rect' },
          encoding: { ...PLACED_RECTANGLE, color: { field: 'colour', type: 'nominal', scale: null } },
        },
        {
          data: { values: labels },
          mark: { ...text, align: 'left', color: theme.text.light, limit: Math.max(60, width - 6.8 * longest - 12) },
          encoding: { x: placed('start'), y: placed('middle'), text: { field: 'label' } },
        },
        {
          data: { values: labels },
          mark: { ...text, align: 'right', color: theme.quiet.light },
          encoding: { x: placed('end'), y: placed('middle'), text: { field: 'text' } },
        },
      ],
    },
  }; // prettier-ignore
}
