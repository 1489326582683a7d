import fc from 'fast-check';
import { baselineText, differences, parseBaseline, TOLERANCE, updated, type Baseline } from '../comparison';
import type { MeasuredRow } from '../row';

const row = (change: Partial<MeasuredRow> = {}): MeasuredRow => ({
  model: 'm',
  variant: 'opq',
  board: 'b',
  instructions: 100_000,
  flash: { model: 7000, code: 3000 },
  ram: { arena: 900, stack: 100 },
  accuracy: 0.9,
  accuracySamples: 300,
  bitExact: true,
  boardSamples: 20,
  boardAccuracy: 0.9,
  instructionsRange: [99_999, 100_001],
  instructionsPerTick: 0.625,
  macs: 50_000,
  firmware: 5000,
  sizesAgree: true,
  layers: [],
  ...change,
});

const baseline = updated(undefined, [row()], { gcc: '12' });
const verdicts = (change: Partial<MeasuredRow>, same = true) =>
  differences(baseline, [row(change)], same).map(({ what, verdict }) => [what, verdict]);

test('what is the same is no difference', () => {
  expect(differences(baseline, [row()], true)).toEqual([]);
});

test.each<[string, Partial<MeasuredRow>, readonly (readonly string[])[]]>([
  ['fewer instructions', { instructions: 60_000 }, [['instructions', 'better']]],
  ['what the timer resolves', { instructions: 100_002 }, []],
  ['2 % more', { instructions: 102_000 }, [['instructions', 'worse']]],
  ['more than 2 % more', { instructions: 102_001 }, [['instructions', 'regression']]],
  ['bytes that move from model to code', { flash: { model: 6000, code: 4000 } }, []],
  ['flash', { flash: { model: 7300, code: 3000 } }, [['flash', 'regression']]],
  ['stack', { ram: { arena: 900, stack: 130 } }, [['ram', 'regression']]],
  ['any loss of accuracy', { accuracy: 0.8999 }, [['accuracy', 'regression']]],
  ['a gain of accuracy', { accuracy: 0.91 }, [['accuracy', 'better']]],
  ['accuracy over other samples', { accuracy: 0.5, accuracySamples: 10 }, []],
  ['wrong bits', { bitExact: false }, [['bit-exact', 'regression']]],
  ['sizes that disagree', { sizesAgree: false }, [['sizes of emission and image agree', 'regression']]],
])('%s', (_, change, wanted) => {
  expect(verdicts(change)).toEqual(wanted);
});

test('counts of another compiler are shown and no regressions; accuracy and bits are', () => {
  const change = { instructions: 200_000, accuracy: 0.1, bitExact: false };
  expect(verdicts(change, false)).toEqual([
    ['bit-exact', 'regression'],
    ['instructions', 'worse'],
    ['accuracy', 'regression'],
  ]);
});

test('a regression is more than the tolerance, for every count', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), (before, after) => {
      const kept = updated(undefined, [row({ instructions: before })], {});
      const regressed = differences(kept, [row({ instructions: after })], true).some((d) => d.verdict === 'regression'); // prettier-ignore
      expect(regressed).toBe(after - before > Math.max(2, TOLERANCE * before));
    }),
  );
});

test('a board that no longer takes a network is a regression; one that takes it again is none', () => {
  const refused = { model: 'm', variant: 'opq', board: 'b', refused: 'OPQ0704' };
  expect(differences(baseline, [refused], true)).toMatchObject([
    { before: 'runs', after: 'OPQ0704', verdict: 'regression' },
  ]);
  const before = updated(undefined, [refused], {});
  expect(differences(before, [row()], true)).toMatchObject([{ after: 'runs', verdict: 'better' }]);
  expect(differences(before, [refused], true)).toEqual([]);
});

test('rows that the baseline does not know are judged by their bits alone', () => {
  expect(differences(baseline, [row({ variant: 'new' })], true)).toEqual([]);
  expect(differences(undefined, [row({ bitExact: false })], true)).toHaveLength(1);
});

test('an update keeps what was not measured, in the order of names, and reads back', () => {
  const more = [row({ board: 'z' }), row({ board: 'a', instructions: 5 }), row({ instructions: 7 })];
  const next = updated(baseline, more, { other: '1' });
  expect(next.rows.map(({ board }) => board)).toEqual(['a', 'b', 'z']);
  expect(next.rows[1]).toMatchObject({ instructions: 7 });
  expect(next.compilers).toEqual({ gcc: '12', other: '1' });
  expect(updated(next, [row({ instructions: 8 })], {})).toEqual(next);
  const back: Baseline = parseBaseline(JSON.parse(baselineText(next)), 'x');
  expect(back).toEqual(next);
  expect(baselineText(updated(back, [...more].reverse(), {}))).toBe(baselineText(next));
});

test('a damaged baseline is an error with its place', () => {
  expect(() => parseBaseline({ compilers: {}, rows: [{ model: 1 }] }, 'tools/bench/baseline.json')).toThrow(
    expect.objectContaining({
      code: 'OPQ1502',
      message: expect.stringContaining('tools/bench/baseline.json'),
    }),
  );
});
