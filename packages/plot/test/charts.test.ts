import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { accuracyCurves, learningCurves, type Epoch } from '../src';
import { LINES, theme } from '../src/theme';

const history: readonly Epoch[] = [
  { epoch: 0, loss: null, validation: { loss: 1.4, accuracy: 0.5 } },
  { epoch: 1, loss: 1.2, validation: { loss: 1.1, accuracy: 0.75 } },
  { epoch: 2, loss: 0.9, validation: { loss: 1.2, accuracy: 0.7 } },
];
const unlabelled = history.map((epoch) => ({ ...epoch, validation: { loss: epoch.validation.loss, accuracy: null } })); // prettier-ignore
const curves = [
  { allocator: 'opq', training: 'one shot', points: [{ bytes: 12_288, accuracy: 0.5 }, { bytes: 16_384, accuracy: 0.6 }] },
  { allocator: 'riq', training: 'one shot', points: [{ bytes: 12_288, accuracy: 0.4 }] },
  { allocator: 'opq', training: 'finetuned', points: [{ bytes: 12_200, accuracy: 0.65 }] },
]; // prettier-ignore
const learning = () => learningCurves({ model: 'net', history, best: 1 });
const accuracy = (model = 'net', own = curves) =>
  accuracyCurves({ model, size: 'Flash on board', curves: own, float: 0.87 });
const count = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length;
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);

/** Elements that open and close as XML wants it. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  let rest = svg;
  while (rest !== '') {
    const [, text = '', tag = ''] = /^([^<]*)(<[^<>]*>)?/.exec(rest)!;
    expect(text.replace(/&(amp|lt|gt|quot|apos|#\d+);/g, '')).not.toMatch(/[&>\u0000-\u0008\u000b-\u001f]/);
    if (tag === '') expect(rest.trim()).toBe('');
    const [, end, name] = /^<(\/?)([a-z]+)/i.exec(tag) ?? [];
    if (end === '/') expect(open.pop()).toBe(name);
    else if (name !== undefined && !tag.endsWith('/>')) open.push(name);
    if (tag === '') break;
    rest = rest.slice(text.length + tag.length);
  }
  expect(open).toEqual([]);
}

test('learning curves have a panel for the loss and one for accuracy', async () => {
  const svg = await learning();
  expect(texts(svg)).toEqual(expect.arrayContaining(['Finetuning of net', 'Epoch', 'Loss', 'Validation accuracy (%)', 'training', 'validation'])); // prettier-ignore
  expect(count(svg, /aria-roledescription="line mark"/g)).toBe(3);
  // 3 validation losses, 2 training losses, 3 accuracies.
  expect(count(svg, /aria-roledescription="point"/g)).toBe(8);
  expect(count(svg, /stroke-dasharray="4,4"/g)).toBe(2);
  expect(svg).toContain('<title id="title">Learning curves of net</title>');
  expect(svg).toContain('Epoch 1, which was kept: validation loss 1.10, accuracy 75.00 %.');
  expectWellFormed(svg);
});

test('without labels there is no panel for accuracy', async () => {
  const svg = await learningCurves({ model: 'net', history: unlabelled, best: 0 });
  expect(texts(svg)).not.toContain('Validation accuracy (%)');
  expect(count(svg, /aria-roledescription="point"/g)).toBe(5);
});

test('accuracy against size has a line for each allocator and training, and a rule', async () => {
  const svg = await accuracy();
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['net: accuracy against size', 'Flash on board (bytes)', 'Accuracy (%)', 'opq', 'riq', 'one shot', 'finetuned', 'float32: 87.00 %']),
  ); // prettier-ignore
  expect(count(svg, /aria-roledescription="line mark"/g)).toBe(3);
  expect(count(svg, /aria-roledescription="point"/g)).toBe(4);
  expect(svg).toContain('opq, one shot: 50.00 % at 12288, 60.00 % at 16384; riq');
  expectWellFormed(svg);
  expectWellFormed(await accuracy('nothing', []));
});

test('sizes far apart stand on a logarithmic axis', async () => {
  const points = [1000, 2000, 100_000].map((bytes) => ({ bytes, accuracy: bytes / 200_000 }));
  const wide = await accuracy('net', [{ allocator: 'opq', training: 'one shot', points }]);
  expect(wide).toContain('for a log scale');
  expect(await accuracy()).toContain('for a linear scale');
});

test('the same numbers are the same bytes, in this process and in another', async () => {
  const first = await learning();
  await accuracy();
  expect(await learning()).toBe(first);
  const source = `require(${JSON.stringify(join(__dirname, '../src'))}).learningCurves(${JSON.stringify({ model: 'net', history, best: 1 })}).then((svg) => process.stdout.write(svg))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-r', '@swc-node/register', '-e', source], { encoding: 'utf8', timeout: 60_000, cwd: join(__dirname, '../../..') }); // prettier-ignore
  expect([stdout, stderr]).toEqual([first, '']);
});

test('names of any kind do not break the file', async () => {
  const names = [
    ...fc.sample(fc.string({ unit: 'binary' }), { numRuns: 60, seed: 1 }),
    '</title><script>x</script>',
    '&amp;',
    '"]]>',
    '\u0000\u001b[31m',
    '{"signal": "1"}',
  ];
  const own = names.map((allocator) => ({ ...curves[0]!, allocator }));
  const svg = await accuracy(names.join(' ').slice(-100), own);
  expect(svg).not.toContain('<script');
  expectWellFormed(svg);
});

/** Relative luminance and contrast of WCAG 2.1. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
      const c = parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
      return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    }, 0);
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

test.each(['light', 'dark'] as const)('colours stand out on a %s page', (mode) => {
  const page = theme.page[mode];
  for (const text of [theme.text, theme.quiet]) expect(contrast(text[mode], page)).toBeGreaterThanOrEqual(4.5);
  for (const line of [theme.axis, ...LINES]) expect(contrast(line[mode], page)).toBeGreaterThanOrEqual(3);
}); // prettier-ignore

test('every colour of a chart has a dark one', async () => {
  const known = [...Object.values(theme), ...LINES].map(({ light }) => light);
  expect(new Set(known).size).toBe(known.length);
  for (const svg of [await learning(), await accuracy()]) {
    const used = [...svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map((match) => match[1]!);
    expect([...new Set(used)].filter((colour) => colour !== 'none' && colour !== 'transparent' && !known.includes(colour))).toEqual([]); // prettier-ignore
    for (const colour of used.filter((own) => own.startsWith('#'))) expect(svg).toContain(`[fill="${colour}"]{fill:`); // prettier-ignore
  }
});
