/** Numbers as the page shows them. */

/** What a figure counts. Shares are 0…1. */
export type Unit = 'share' | 'bytes' | 'count' | 'times' | 'bits' | 'instructions' | 'microseconds';

const MINUS = '\u2212';
export const NOTHING = '\u2013';

const unsigned = (n: number, digits: number): string =>
  Math.abs(n).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `1,234.5`, with a real minus. */
export function grouped(n: number, digits = 0): string {
  const text = unsigned(n, digits);
  return n < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

export const percent = (share: number, digits = 1): string => `${grouped(100 * share, digits)} %`;

/** Up to three digits that count. */
export const short = (n: number): string => Number(n.toPrecision(3)).toString().replace('-', MINUS);

/** A figure with its unit; null is shown as nothing. */
export function figureText(value: number | null, unit: Unit): string {
  if (value === null) return NOTHING;
  switch (unit) {
    case 'share':
      return percent(value, 2);
    case 'times':
      return `${grouped(value, 1)}\u00d7`;
    case 'bits':
      return grouped(value, 2);
    case 'bytes':
    case 'count':
    case 'instructions':
    case 'microseconds':
      return grouped(value);
  }
}

/** A difference of two figures, with its sign. */
export function differenceText(difference: number | null, unit: Unit): string {
  if (difference === null) return NOTHING;
  const text = unit === 'share' ? `${grouped(100 * difference, 2)} points` : figureText(difference, unit);
  return difference > 0 ? `+${text}` : text;
}

/** `1 layer`, `2 layers`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${grouped(n)} ${n === 1 ? one : many}`;

/** How many times smaller. */
export const smaller = (before: number, after: number): string =>
  after === 0 ? NOTHING : `${grouped(before / after, 1)}\u00d7`;

/** `9.80 M`: a figure that is read at a glance; the exact one stands in its table. */
export function compact(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} G`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} M`;
  return grouped(n);
}
