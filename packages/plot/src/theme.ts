/** A colour on a light page and on a dark one, as `#rrggbb`. */
export interface Shade {
  /** On a light page. */
  readonly light: string;
  /** On a dark page. */
  readonly dark: string;
}

/**
 * What a chart is drawn with. Every light colour stands for one role only: by it the dark one is found. Text has a contrast of
 * 4.5 against the page and lines one of 3, both ways (WCAG 2.1, 1.4.3 and 1.4.11).
 */
export const theme = {
  page: { light: '#ffffff', dark: '#181a1d' },
  text: { light: '#24292f', dark: '#e4e7ea' },
  quiet: { light: '#57606a', dark: '#a5adb6' },
  axis: { light: '#6e7781', dark: '#848d97' },
  grid: { light: '#e3e6e9', dark: '#33383e' },
} as const satisfies Readonly<Record<string, Shade>>;

/** Lines, told apart without colour vision too (after Okabe and Ito, darkened and lightened for contrast). */
export const LINES: readonly Shade[] = [
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#b84a00', dark: '#ff9d57' },
  { light: '#007a5c', dark: '#3fd0a4' },
  { light: '#96488f', dark: '#e6a2e0' },
  { light: '#7a6200', dark: '#e5cf4a' },
];

/** Turns light colours into dark ones where the reader's page is dark. */
export function darkStyle(): string {
  const rules = [...Object.values(theme), ...LINES].map(
    ({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  return `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
}

const roles: readonly (readonly [string, Shade])[] = [
  ...Object.entries(theme),
  ...LINES.map((shade, i) => [`line-${i + 1}`, shade] as const),
];

/**
 * The colours as CSS variables (`--page`, `--text`, `--quiet`, `--axis`, `--grid`, `--line-1` …), light and dark, and the rules by
 * which charts within the page take theirs from them.
 */
export function chartStyle(): string {
  const variables = (mode: keyof Shade): string => roles.map(([role, shade]) => `--${role}:${shade[mode]}`).join(';');
  const rules = roles.map(
    ([role, { light }]) => `.chart [fill="${light}"]{fill:var(--${role})}.chart [stroke="${light}"]{stroke:var(--${role})}`,
  );
  return `:root{color-scheme:light dark;${variables('light')}}@media (prefers-color-scheme:dark){:root{${variables('dark')}}}${rules.join('')}`;
} // prettier-ignore
