import fc from 'fast-check';
import type { DeployReport } from '@opq/pipeline';
import { aRun } from '../../pipeline/test/a-run';
import { reportOn, reportOnBoth, type Curves } from '../src';
import { hostileName, withNames } from './hostile';
import { attribute, elementsOf, elementsWithin, find, rowsOf, textOf, type Element } from './page';

const curves: Curves = {
  model: 'net',
  stored: 'model',
  size: 'Flash on qemu-cortex-m4',
  float: 1,
  curves: [
    {
      allocator: 'opq',
      training: 'one shot',
      points: [
        { bytes: 600, accuracy: 0.5 },
        { bytes: 900, accuracy: 0.8 },
      ],
    },
  ],
};
const pageOn = (change: Partial<DeployReport> = {}, own?: Curves): Promise<string> =>
  reportOn({ kind: 'run', run: { ...aRun(), ...change } }, own);
const other = (): DeployReport => {
  const run = aRun();
  return {
    ...run,
    device: 'second',
    size: { ...run.size, weightsAfter: 400 },
    layers: run.layers.map((layer, i) => (i === 0 ? { ...layer, encoding: 'bitmap-2', kernel: 'opq_lanes' } : { ...layer, layer: 'renamed' })),
  };
}; // prettier-ignore

/** Elements that load or run something. */
const ACTIVE =
  /^(script|iframe|object|embed|link|base|img|image|form|input|button|video|audio|source|use|foreignobject|animate|set)$/i;

/** Nothing in the page loads, runs or leads elsewhere. */
function expectInert(html: string): void {
  const elements = elementsOf(html);
  expect(elements.map(({ tagName }) => tagName).filter((tag) => ACTIVE.test(tag))).toEqual([]);
  const attributes = elements.flatMap(({ attrs }) => attrs);
  expect(attributes.filter(({ name }) => /^on/i.test(name) || /^(src|srcset|action|formaction|data|poster)$/i.test(name))).toEqual([]);
  const allowed = ({ name, value }: { readonly name: string; readonly value: string }): boolean =>
    /href$/i.test(name) ? /^#[a-z-]+$/.test(value)
    : name === 'style' ? /^--share:\s*\d+%;?$/.test(value)
    : !/^(fill|stroke|clip-path|filter|mask)$/.test(name) || !/url\((?!#)/.test(value);
  expect(attributes.filter((attr) => !allowed(attr))).toEqual([]);
  const styles = elements.filter(({ tagName }) => tagName === 'style');
  expect(styles).toHaveLength(1);
  expect(textOf(styles[0]!)).not.toMatch(/url\(|@import|https?:/);
  expect(elements.filter(({ tagName }) => tagName === 'title')[0]).toBeDefined();
} // prettier-ignore

/** What listeners and keyboards need. */
function expectAccessible(html: string): void {
  const elements = elementsOf(html);
  const ids = elements.flatMap((element) => attribute(element, 'id') ?? []);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  for (const element of elements) {
    const references = [
      attribute(element, 'aria-labelledby'),
      attribute(element, 'href')?.replace(/^#/, ''),
    ].flatMap((value) => value?.split(' ') ?? []);
    for (const id of references) expect(ids).toContain(id);
  }
  const tags = elements.map(({ tagName }) => tagName);
  for (const landmark of ['header', 'main', 'footer']) expect(tags.filter((tag) => tag === landmark)).toHaveLength(1); // prettier-ignore
  const levels = tags.flatMap((tag) => /^h([1-6])$/.exec(tag)?.[1] ?? []).map(Number);
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
  levels.forEach((level, i) => expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1));
  for (const table of elements.filter(({ tagName }) => tagName === 'table')) {
    expect(elementsWithin(table, 'caption').map((caption) => textOf(caption).trim())).toEqual([expect.stringMatching(/./)]); // prettier-ignore
    for (const head of elementsWithin(table, 'th'))
      expect(['col', 'row']).toContain(attribute(head, 'scope'));
    for (const row of rowsOf(table)) expect(row).toHaveLength(rowsOf(table)[0]!.length);
  }
  for (const svg of elements.filter(({ tagName }) => tagName === 'svg')) {
    expect(attribute(svg, 'role')).toBe('img');
    expect(elementsWithin(svg, 'title').map((title) => textOf(title))).toEqual([expect.stringMatching(/./)]);
    expect(elementsWithin(svg, 'desc').map((desc) => textOf(desc))).toEqual([expect.stringMatching(/./)]);
  }
}

const variants: readonly (readonly [string, Partial<DeployReport>])[] = [
  ['a whole run', {}],
  ['without labels', { accuracy: null, confusion: null }],
  ['without compression', { compression: null, size: { ...aRun().size, weightsPaper: null } }],
  ['without the float network', { accuracy: { float: null, host: 0.75, board: 0.75 } }],
  ['in microseconds', { latency: { kind: 'microseconds', value: 12.5 }, latencies: [12.5, 12.5, 12.5, 12.5], latencyRange: [12.5, 12.5] }],
  ['of a network that reconstructs', { task: 'reconstruction', confusion: null, threshold: 0.9 }],
  ['in place of another board', { standIn: { target: 'qemu-lx106', title: 'Xtensa', notes: ['No idf.py.'] } }],
  ['with interruptions', { interruptions: [{ sample: null, code: 'OPQ0807', message: 'gone' }, { sample: 2, code: 'OPQ0805', message: 'late' }] }],
  ['without layers and boards', { layers: [], boards: [] }],
  ['without samples', { samples: 0, latencies: [], confusion: [] }],
]; // prettier-ignore

test.each(variants)(
  '%s: a page that loads nothing, runs nothing, and can be listened to',
  async (_, change) => {
    for (const html of [await pageOn(change, curves), await pageOn(change)]) {
      expectInert(html);
      expectAccessible(html);
    }
    const both = await reportOnBoth({ ...aRun(), ...change }, other(), curves);
    expectInert(both);
    expectAccessible(both);
  },
);

const table = (elements: readonly Element[], id: string) => rowsOf(find(elements, id));

test('the figures of the page are those of the run', async () => {
  const elements = elementsOf(await pageOn({ threshold: 0.7 }, curves));
  expect(table(elements, 'size-table').slice(1)).toEqual([
    ['Weights in float32', '4,000', '1.0×'],
    ['Weights as stored in flash', '500', '8.0×'],
    ['Bits of the survivors alone', '300', '13.3×'],
    ['All model data in flash', '800', '5.0×'],
  ]);
  expect(table(elements, 'flash-table').slice(1)).toEqual([
    ['Code', '9,000', '13.73 %'],
    ['Model data', '800', '1.22 %'],
    ['Other constants', '700', '1.07 %'],
    ['Initial values of variables', '100', '0.15 %'],
    ['Free', '54,936', '83.83 %'],
    ['In use', '10,600', '16.17 %'],
  ]);
  expect(table(elements, 'ram-table').slice(1)).toEqual([
    ['Arena', '2,048', '12.50 %'],
    ['Other variables', '2,052', '12.52 %'],
    ['Stack, as much as was used', '400', '2.44 %'],
    ['Stack, reserved and unused', '1,648', '10.06 %'],
    ['Free', '10,236', '62.48 %'],
    ['In use', '6,148', '37.52 %'],
  ]);
  expect(table(elements, 'accuracy-table').slice(1)).toEqual([
    ['float32, before compression', '100.00 %', '–'],
    ['host, integer interpreter', '75.00 %', '−25.00 points'],
    ['board', '75.00 %', '−25.00 points'],
    ['asked for', '70.00 %', '−30.00 points'],
  ]);
  expect(table(elements, 'layers-table').slice(1)).toEqual([
    ['1 · fullyConnecteddense', '1,000', '50.0 %', '4.00', 'packed-3', 'opq_fully_connected', '500', '300', '900', '950', '95.0 %'],
    ['2 · softmaxsoftmax', '–', '–', '–', '–', '–', '0', '0', '–', '50', '5.0 %'],
    ['All', '1,000', '', '', '', '', '500', '300', '900', '1,000', ''],
  ]); // prettier-ignore
  expect(table(elements, 'confused').slice(1)).toEqual([['1', '0', '1', '50.0 %']]);
  expect(table(elements, 'boards-table').at(-1)).toEqual(['A small boardsmall', 'refuses it', 'OPQ0610 dense: too wideMake it narrower.']); // prettier-ignore
  const words = elements.filter(({ tagName }) => tagName === 'desc').map((desc) => textOf(desc));
  expect(words).toContain(
    'Flash on qemu-cortex-m4 in bytes and accuracy. float32: 100.00 %. opq, one shot: 50.00 % at 600, 80.00 % at 900. Marked: this run, 75.00 % at 800.',
  );
  expect(words).toContain('1,000 weights on 4 levels from -1 to 2, step 0.125, 500 are zero, pruned up to a magnitude of 0.06.'); // prettier-ignore
});

test.each([
  [{}, 'Passed4 of 4 outputs equal the host\'s, bit for bit; self-test passed.'],
  [{ threshold: 0.8 }, 'Failed4 of 4 outputs equal the host\'s, bit for bit; self-test passed; 75.0 % right where 80.0 % were asked for.'],
  [{ selfTest: false }, 'Failed4 of 4 outputs equal the host\'s, bit for bit; self-test failed.'],
  [{ bitExact: { equal: 3, total: 4, firstDifference: 2 } }, 'Failed3 of 4 outputs equal the host\'s, bit for bit, the first difference at sample 2; self-test passed.'],
])('the verdict of %j', async (change, wanted) => {
  const verdict = elementsOf(await pageOn(change)).find((e) => attribute(e, 'class')?.startsWith('verdict'));
  expect(textOf(verdict!)).toBe(wanted);
}); // prettier-ignore

test('a run that failed says why', async () => {
  const html = await reportOn({ kind: 'failure', failure: { code: 'OPQ0702', message: 'It is <too> large.', hint: 'Make it smaller.' } }); // prettier-ignore
  expectInert(html);
  expectAccessible(html);
  expect(textOf(find(elementsOf(html), 'main'))).toContain('OPQ0702 It is <too> large.Make it smaller.');
});

test('names of any kind stay names', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostileName, { minLength: 20, maxLength: 40 }), async (names) => {
      let i = 0;
      const next = (): string => names[i++ % names.length]!;
      const hostile = withNames({ ...aRun(), standIn: { target: 'x', title: 'y', notes: ['z'] }, interruptions: [{ sample: 1, code: 'a', message: 'b' }] }, next); // prettier-ignore
      const own: Curves = { ...curves, model: next(), size: next(), curves: curves.curves.map((curve) => ({ ...curve, allocator: next() })) }; // prettier-ignore
      for (const html of [await reportOn({ kind: 'run', run: hostile }, own), await reportOnBoth(hostile, withNames(other(), next), own)]) {
        expectInert(html);
        expectAccessible(html);
        expect(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\p{Surrogate}]/u.exec(html)).toBeNull();
      }
    }),
    { numRuns: 8 },
  ); // prettier-ignore
}, 180_000);

test('a name that is markup is shown as it is written', async () => {
  const model = '<b onclick="x">&amp;</b>';
  const elements = elementsOf(await pageOn({ model }));
  expect(textOf(elements.find(({ tagName }) => tagName === 'h1')!)).toBe(`${model} on mps2-an386`);
  expect(elements.some(({ tagName }) => tagName === 'b')).toBe(false);
});

test('the same run is the same bytes', async () => {
  const first = await pageOn({}, curves);
  await reportOnBoth(aRun(), other(), curves);
  expect(await pageOn({}, curves)).toBe(first);
});

test('every colour of a chart follows the page', async () => {
  const html = await pageOn({}, curves);
  const style = textOf(elementsOf(html).find(({ tagName }) => tagName === 'style')!);
  const drawn = elementsOf(html).filter(({ tagName }) => tagName === 'svg').flatMap((svg) => ['path', 'text', 'g', 'rect', 'line'].flatMap((tag) => elementsWithin(svg, tag)));
  const used = new Set(drawn.flatMap((element) => ['fill', 'stroke'].flatMap((name) => attribute(element, name) ?? [])));
  const colours = [...used].filter((colour) => colour !== 'none' && colour !== 'transparent');
  expect(colours.length).toBeGreaterThan(5);
  for (const colour of colours) for (const name of ['fill', 'stroke']) expect(style).toContain(`.chart [${name}="${colour}"]{${name}:var(`);
}); // prettier-ignore
