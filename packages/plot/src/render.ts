import { printable } from '@opq/errors';
import type { Config, TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { darkStyle, LINES, theme } from './theme';
import { drawWithVega } from './vega';

/** What a screen reader says instead of the picture. */
export interface Words {
  readonly title: string;
  /** What is drawn and what it shows, in a sentence or two. */
  readonly description: string;
}

const FONT = 'system-ui, sans-serif';

const [first = ''] = LINES.map(({ light }) => light);

const config: Config = {
  background: theme.page.light,
  font: FONT,
  padding: 12,
  mark: { color: first },
  view: { stroke: null },
  title: {
    color: theme.text.light,
    subtitleColor: theme.quiet.light,
    fontSize: 15,
    subtitleFontSize: 12,
    anchor: 'start',
    offset: 12,
  },
  axis: {
    labelColor: theme.quiet.light,
    titleColor: theme.text.light,
    domainColor: theme.axis.light,
    tickColor: theme.axis.light,
    gridColor: theme.grid.light,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  legend: {
    labelColor: theme.text.light,
    titleColor: theme.text.light,
    symbolBaseStrokeColor: theme.axis.light,
    symbolBaseFillColor: theme.axis.light,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  range: { category: LINES.map(({ light }) => light) },
};

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));

/** Text of any origin as XML takes it: no control characters, no end. */
export const shown = (text: string): string => printable(text, 120);

/**
 * Draws a chart as SVG, without a canvas and without a browser: the same chart is the same bytes everywhere. It carries its own
 * page, and its colours follow the reader's choice of light or dark.
 * @param spec texts of foreign origin have been through `shown`
 */
export async function renderSvg(spec: TopLevelSpec, { title, description }: Words): Promise<string> {
  const svg = await drawWithVega(spec, config);
  const words = `<title id="title">${escaped(shown(title))}</title><desc id="description">${escaped(printable(description, 2000))}</desc>`;
  return `${svg.replace(/^<svg [^>]*/, '$& role="img" aria-labelledby="title description"').replace('>', () => `>${words}${darkStyle()}`)}\n`;
}
