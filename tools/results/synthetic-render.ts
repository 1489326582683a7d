import { CASES } from './synthetic-cases';
import type { SyntheticResults, SyntheticRow } from './synthetic';

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '–' : (100 * share).toFixed(1);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

type Measure = (row: SyntheticRow) => number | null | undefined;

/** Mean over the seeds, and each in brackets where there are several. */
function over(rows: readonly SyntheticRow[], pick: Measure): string {
  const values = rows.flatMap((row) => pick(row) ?? []);
  if (values.length === 0) return '–';
  const mean = percent(values.reduce((sum, v) => sum + v, 0) / values.length);
  return values.length === 1 ? mean : `${mean} (${values.map(percent).join(', ')})`;
}

const same = (a: SyntheticRow, b: SyntheticRow): boolean =>
  a.source === b.source && a.known === b.known && a.repaired === b.repaired;

const NAMES: Readonly<Record<SyntheticRow['source'], string>> = {
  none: 'no inputs at all',
  real: 'real data',
  optimised: 'optimised',
  scenes: 'scenes',
  coloured: '1/f noise',
  white: 'white noise',
};

const budgetText = (budget: Readonly<Record<string, number | string | undefined>>): string =>
  Object.entries(budget)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

/** What the rows of one network say, in one sentence each. */
function findings(rows: readonly SyntheticRow[]): readonly string[] {
  const mean = (source: SyntheticRow['source'], pick: Measure, repaired = true): number | undefined => {
    const values = rows.filter((r) => r.source === source && r.repaired === repaired && r.known !== 'range').flatMap((r) => pick(r) ?? []); // prettier-ignore
    const all = values.length > 0 ? values : rows.filter((r) => r.source === source && r.repaired === repaired).flatMap((r) => pick(r) ?? []); // prettier-ignore
    return all.length === 0 ? undefined : all.reduce((sum, v) => sum + v, 0) / all.length;
  };
  const shot: Measure = (r) => r.oneShot.float;
  const trained: Measure = (r) => r.finetuned?.float;
  const points = (from: number, to: number): string =>
    `${to >= from ? '+' : '−'}${Math.abs(100 * (to - from)).toFixed(1)} points (${percent(from)} to ${percent(to)} %)`;
  const lines: string[] = [];
  const add = (what: string, from: number | undefined, to: number | undefined): void => {
    if (from === undefined || to === undefined) return;
    const words = to - from >= 0.01 ? '' : to - from <= -0.01 ? ' It does harm.' : ' Less than a point.';
    lines.push(`- ${what}: ${points(from, to)}.${words}`);
  };
  const none = mean('none', shot, false);
  add('Repair on optimised inputs, over none at all', none, mean('optimised', shot));
  add('Repair on drawn scenes, over none at all', none, mean('scenes', shot));
  const rangeOnly = rows.filter((r) => r.known === 'range' && r.repaired);
  for (const source of ['optimised', 'scenes'] as const) {
    const own = rangeOnly.filter((r) => r.source === source).map((r) => r.oneShot.float);
    if (own.length > 0 && rows.some((r) => r.known === 'statistics'))
      add(
        `Repair on ${NAMES[source]} from the range alone, over none at all`,
        none,
        own.reduce((a, b) => a + b, 0) / own.length,
      );
  }
  add('Repair on real data, over none at all', none, mean('real', shot));
  add('Finetuning on optimised inputs, after repair on them', mean('optimised', shot), mean('optimised', trained)); // prettier-ignore
  add('Finetuning on optimised inputs, unrepaired', mean('optimised', shot, false), mean('optimised', trained, false)); // prettier-ignore
  add('Finetuning on drawn scenes, after repair on them', mean('scenes', shot), mean('scenes', trained));
  add('Finetuning on real data, after repair on them', mean('real', shot), mean('real', trained));
  return lines;
}

function network(key: string, { float, rows: all }: SyntheticResults): string {
  const found = CASES[key];
  const rows = all.filter((row) => row.network === key);
  if (found === undefined || rows.length === 0) return '';
  const ways = rows.filter((row, i) => rows.findIndex((other) => same(row, other)) === i);
  const [from, past] = found.testPart;
  return [
    `## ${found.title}`,
    '',
    `Float32, uncompressed: ${percent(float[key])} %. Budget: ${budgetText(found.compress.budget)}. ${(past - from).toLocaleString('en-US')} test samples; seeds ${[...new Set(rows.map(({ seed }) => seed))].join(', ')}; training ${found.epochs} epochs.`,
    '',
    table(
      [
        'inputs',
        'known of them',
        'number',
        'repaired',
        'one shot',
        'int8',
        'finetuned',
        'int8',
        'epoch kept',
      ],
      ways.map((way) => {
        const own = rows.filter((row) => same(row, way));
        return [
          NAMES[way.source],
          way.known,
          way.inputs === 0 ? '–' : String(way.inputs),
          way.repaired ? 'yes' : 'no',
          over(own, (r) => r.oneShot.float),
          over(own, (r) => r.oneShot.int8),
          over(own, (r) => r.finetuned?.float),
          over(own, (r) => r.finetuned?.int8),
          way.epochs === 0 ? '–' : own.map((r) => r.finetuned?.epoch ?? '–').join(', '),
        ];
      }),
    ),
    '',
    ...findings(rows),
  ].join('\n');
}

export const renderSynthetic = (results: SyntheticResults): string =>
  [
    '# Compression without any data',
    '',
    'Made by `npm run results:synthetic` (tools/results says from what); the numbers are in [synthetic.json](synthetic.json). Accuracy in',
    'percent on real test samples, none of which trains, repairs or calibrates; the mean over seeds, and each seed in brackets. `one shot` is before',
    'training and `finetuned` after, with float activations; `int8` beside each with activations rounded by ranges that the same inputs',
    'showed. `epoch kept` 0: no epoch was better on inputs held back, so training changed nothing.',
    '',
    '*optimised* inputs start as scenes and are changed until the uncompressed network is sure of them, every class in turn; *scenes* are',
    'shapes on 1/f noise; both noises are drawn. Of the input either its *range* is known, or *statistics* too. For MNIST these are its',
    'published mean and deviation, and that 784 numbers are an image. For speech they are mean and deviation of each of ten columns,',
    '**rounded from the 200 real training samples**: those rows stand for somebody who knows these numbers without having samples, and are',
    'not free of data. The rows with the range alone are. The ranges are 0…255, 0…1 and, for speech, what the int8 version of the file holds.',
    '',
    'Nothing helps everywhere. **From the range alone, repair did harm on two of the three networks**, and helped the photographs only. With',
    'statistics it helped speech and still did harm on MNIST. Scenes were the better inputs for the photographs, optimised ones for speech. Repair on inputs unlike the',
    'real ones does harm, as MNIST shows, whose border is always black: there `--repair fold` and training on optimised inputs was the',
    'better way. Training after repair on made-up inputs changes little, and not always for the better: the loss on inputs made up, which',
    'chooses the epoch, does not tell the accuracy on real ones. Real samples, 200 to 256 of them for repair and without labels, did as well',
    'or better on all three networks.',
    '',
    'What these figures do not say: that `--synthetic` takes scenes for colour images and else optimised inputs was decided from these very',
    'rows on these test samples, one network of each kind, and nothing else has confirmed it. Runs are short and on few samples, so that the',
    'gain of finetuning on real data is far below what a full training reaches. A row without brackets has one seed; a way that is not in a',
    'table was not measured.',
    '',
    'Samples differ by about ±√(p(1 − p)/n) by chance: 0.5 points for 5,000, 2 for 300.',
    '',
    ...Object.keys(CASES).flatMap((key) => [network(key, results), '']),
  ].join('\n').replace(/\n{3,}/g, '\n\n').trimEnd() + '\n'; // prettier-ignore
