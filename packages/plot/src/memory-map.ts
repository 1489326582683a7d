import { grouped, placed, PLACED_RECTANGLE } from './placed';
import { shown, type Chart } from './render';
import { LINES, theme } from './theme';

/** What lies in one region of a board's memory. */
export interface MemoryMap {
  /** Name of the region. */
  readonly region: string;
  /** Bytes. */
  readonly length: number;
  /** From the region's beginning; at most as many as there are lines in the theme. */
  readonly parts: readonly { readonly label: string; readonly bytes: number }[];
}

const BAR = 26;
/** Where less than this is used, what is used is shown enlarged as well. */
const LEGIBLE = 0.6;

/**
 * The region to scale and, where little of it is used, what is used once more over the whole width. Colours are those of the theme's
 * lines, in the order of the parts.
 * @param width of the whole chart in pixels
 */
export function memoryMap({ region, length, parts }: MemoryMap, width: number): Chart {
  const used = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const whole = Math.max(length, used, 1);
  const share = used / whole;
  const rows = [
    { label: `${region}, to scale: ${grouped(length)} bytes`, span: whole },
    ...(share < LEGIBLE && used > 0 ? [{ label: `Enlarged: the ${grouped(used)} bytes in use`, span: used }] : []),
  ].map((row, i) => ({ ...row, label: shown(row.label), start: 0, middle: i * 58 + 8, top: i * 58 + 20, bottom: i * 58 + 20 + BAR }));
  const values = rows.flatMap(({ span, top, bottom }) => {
    let end = 0;
    const bars = parts.map(({ bytes }, part) => {
      const left = (end / span) * width;
      end += bytes;
      return { left, right: (end / span) * width, top, bottom, colour: LINES[part % LINES.length]?.light };
    });
    return [{ left: 0, right: width, top, bottom, colour: theme.grid.light }, ...bars.filter(({ left, right }) => right > left)];
  });
  return {
    title: `What lies in ${region}`,
    description: `${grouped(used)} of ${grouped(length)} bytes are in use (${(100 * used / Math.max(1, length)).toFixed(1)} %): ${parts.map(({ label, bytes }) => `${label} ${grouped(bytes)}`).join(', ')}.`,
    spec: {
      width,
      height: rows.length * 58 - 12,
      layer: [
        {
          data: { values },
          mark: { type: 'rect' },
          encoding: { ...PLACED_RECTANGLE, color: { field: 'colour', type: 'nominal', scale: null } },
        },
        {
          data: { values: rows },
          mark: { type: 'text', align: 'left', baseline: 'middle', color: theme.text.light, fontSize: 12 },
          encoding: { x: placed('start'), y: placed('middle'), text: { field: 'label' } },
        },
      ],
    },
  };
} // prettier-ignore
