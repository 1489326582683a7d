import { printable } from '@opq/errors';
import type { Config, TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };
import { darkStyle, LINES, theme } from './theme';
import { drawWithVega } from './vega';

/** What a screen reader says instead of the picture. */
export interface Words {
  /** Stands above the chart, and is read first. */
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

/** A chart that is to be drawn, and what is said instead of it. */
export interface Chart extends Words {
  /** Texts of foreign origin have been through `shown`. */
  readonly spec: TopLevelSpec;
}

const labelled = (svg: string, id: string, { title, description }: Words, style = ''): string => {
  const [titleId, descriptionId] = [`${id}title`, `${id}description`];
  const words = `<title id="${titleId}">${escaped(shown(title))}</title><desc id="${descriptionId}">${escaped(printable(description, 2000))}</desc>`;
  return svg
    .replace(/^<svg [^>]*/, (tag) => `${tag} role="img" aria-labelledby="${titleId} ${descriptionId}"`)
    .replace('>', () => `>${words}${style}`);
};

/**
 * Draws a chart as SVG, without a canvas and without a browser: the same chart is the same bytes everywhere. It carries its own
 * page, and its colours follow the reader's choice of light or dark.
 */
export async function renderSvg({ spec, ...words }: Chart): Promise<string> {
  const [svg = ''] = await drawWithVega([spec], config);
  return `${labelled(svg, '', words, darkStyle())}\n`;
}

/** What an image that speaks for itself does not need, and places finer than a thousandth of a pixel. */
const plain = (svg: string): string =>
  svg.replace(/<[^<>]*>/g, (tag) =>
    tag
      .replace(/ (class|role|aria-[a-z]+|pointer-events|version|xmlns(:xlink)?)="[^"]*"/g, '')
      .replace(/\d+\.\d{4,}/g, (n) => String(Number(Number(n).toFixed(3)))),
  );

/**
 * Draws charts that stand in one HTML page, in the same order: without a page of their own, as wide as they are given room, in the
 * colours that the page's `chartStyle()` sets.
 * @param charts by an id each, of letters, digits and hyphens, that no other element of the page has
 */
export async function renderInline(charts: ReadonlyMap<string, Chart>): Promise<ReadonlyMap<string, string>> {
  const drawn = await drawWithVega(
    [...charts.values()].map(({ spec }) => spec),
    { ...config, background: 'transparent', padding: 0, aria: false },
  );
  return new Map(
    [...charts].map(([id, words], i) => {
      const svg = plain(drawn[i] ?? '').replace(/^<svg/, '<svg class="chart"');
      return [id, labelled(svg, `${id}-`, words)];
    }),
  );
}
