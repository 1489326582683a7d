import { grouped, placed, PLACED_RECTANGLE } from './placed';
import { shown, type Chart } from './render';
import { LINES, theme } from './theme';

/** Sizes of the same thing in several forms, a bar each. */
export interface SizeBars {
  /** Stands above the chart. */
  readonly title: string;
  /** From top to bottom. */
  readonly bars: readonly {
    readonly label: string;
    readonly bytes: number;
    /** Stands out. */
    readonly strong: boolean;
  }[];
}

const ROW = 48;

/** A bar for each size, from 0; the largest is as wide as the chart. @param width of the whole chart in pixels */
export function sizeBars({ title, bars }: SizeBars, width: number): Chart {
  const most = Math.max(1, ...bars.map(({ bytes }) => bytes));
  const values = bars.map(({ label, bytes, strong }, row) => ({
    label: shown(label),
    text: `${grouped(bytes)} bytes`,
    colour: strong ? LINES[0]?.light : theme.axis.light,
    start: 0,
    end: width,
    left: 0,
    right: Math.max(2, (bytes / most) * width),
    top: row * ROW + 18,
    bottom: row * ROW + 34,
    middle: row * ROW + 8,
  }));
  const text = { type: 'text' as const, baseline: 'middle' as const, color: theme.text.light, fontSize: 13 };
  return {
    title,
    description: `${values.map((bar) => `${bar.label}: ${bar.text}`).join('; ')}.`,
    spec: {
      width,
      height: bars.length * ROW - 12,
      data: { values },
      layer: [
        { mark: { type: 'rect', cornerRadius: 2 }, encoding: { ...PLACED_RECTANGLE, color: { field: 'colour', type: 'nominal', scale: null } } },
        { mark: { ...text, align: 'left' }, encoding: { x: placed('start'), y: placed('middle'), text: { field: 'label' } } },
        { mark: { ...text, align: 'right' }, encoding: { x: placed('end'), y: placed('middle'), text: { field: 'text' } } },
      ],
    },
  };
} // prettier-ignore
