import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { benchErrors } from '@opq/errors';
import { problemsOf } from '@opq/pipeline';
import { readJson, root } from './models';
import { isMeasured, keyOf, type BenchKey, type BenchRow, type Figures, type RefusedRow } from './row';

export const BASELINE = join(__dirname, 'baseline.json');

const key = { model: z.string(), variant: z.string(), board: z.string() };
const count = z.number().int().min(0);

const figuresSchema = z.strictObject({
  ...key,
  instructions: count,
  flash: z.strictObject({ model: count, code: count }),
  ram: z.strictObject({ arena: count, stack: count }),
  accuracy: z.number().min(0).max(1),
  accuracySamples: count,
  bitExact: z.boolean(),
});

const baselineSchema = z.strictObject({
  /** Versions of the compilers, by program: another one gives other code. */
  compilers: z.record(z.string(), z.string()),
  rows: z.array(z.union([figuresSchema, z.strictObject({ ...key, refused: z.string() })])),
});

type BaselineRow = BenchKey & (Figures | RefusedRow);

export interface Baseline {
  readonly compilers: Readonly<Record<string, string>>;
  readonly rows: readonly BaselineRow[];
}

/** @throws OPQ1502 */
export function parseBaseline(json: unknown, place: string): Baseline {
  const parsed = baselineSchema.safeParse(json);
  if (!parsed.success) throw benchErrors.invalidFile(place, problemsOf(parsed.error.issues));
  return parsed.data;
}

/** The kept baseline; undefined where there is none yet. @throws OPQ1502 */
export const readBaseline = (file = BASELINE): Baseline | undefined =>
  existsSync(file) ? parseBaseline(readJson(file), relative(root, file)) : undefined;

/** True when the compilers here are those that made the baseline's counts. */
export const sameCompilers = (baseline: Baseline | undefined, here: Baseline['compilers']): boolean =>
  Object.entries(here).every(([program, version]) => baseline?.compilers[program] === version);

/** Only what is kept of a row, its members always in this order. */
function kept(row: BenchRow | BaselineRow): BaselineRow {
  const { model, variant, board } = row;
  if ('refused' in row) return { model, variant, board, refused: row.refused };
  const { instructions, flash, ram, accuracy, accuracySamples, bitExact } = row;
  return { model, variant, board, instructions, flash, ram, accuracy, accuracySamples, bitExact };
}

/** Instructions stay as they were where only the timer's resolution sets them apart, so that equal code gives equal files. */
function steady(row: BaselineRow, before: BaselineRow | undefined): BaselineRow {
  if (before === undefined || 'refused' in before || 'refused' in row) return row;
  const same = Math.abs(before.instructions - row.instructions) <= RESOLUTION;
  return same ? { ...row, instructions: before.instructions } : row;
}

/** A baseline with new rows in place of old ones, in the order of their names. */
export function updated(
  before: Baseline | undefined,
  rows: readonly BenchRow[],
  compilers: Baseline['compilers'],
): Baseline {
  const all = new Map<string, BaselineRow>();
  for (const row of before?.rows ?? []) all.set(keyOf(row), row);
  for (const row of rows) all.set(keyOf(row), steady(kept(row), all.get(keyOf(row))));
  const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return { compilers: { ...before?.compilers, ...compilers }, rows: sorted };
}

/** A line for each row, so that a change of one shows as one. */
export function baselineText({ compilers, rows }: Baseline): string {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  return `{\n  "compilers": ${JSON.stringify(compilers)},\n  "rows": [\n${lines}\n  ]\n}\n`;
}

/** A figure that is not what it was. */
export interface Difference {
  readonly key: string;
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** after / before − 1; absent for what is no count. */
  readonly change?: number;
  readonly verdict: 'better' | 'worse' | 'regression';
}

/** How much more instructions, flash or RAM may become before it is a regression. */
export const TOLERANCE = 0.02;

/** Instructions by which equal runs may differ: the timer's tick and the instruction do not start together. */
const RESOLUTION = 2;

interface Counted {
  readonly what: string;
  readonly of: (figures: Figures) => number;
  /** Differences up to this are none. */
  readonly within: number;
}

const COUNTS: readonly Counted[] = [
  { what: 'instructions', of: ({ instructions }) => instructions, within: RESOLUTION },
  { what: 'flash', of: ({ flash }) => flash.model + flash.code, within: 0 },
  { what: 'ram', of: ({ ram }) => ram.arena + ram.stack, within: 0 },
];

const grouped = (n: number): string => n.toLocaleString('en-US');
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

function figureDifferences(name: string, before: Figures, after: Figures, sameCompiler: boolean): readonly Difference[] {
  const counts = COUNTS.flatMap(({ what, of, within }): readonly Difference[] => {
    const [was, is] = [of(before), of(after)];
    if (Math.abs(was - is) <= within) return [];
    const change = is / was - 1;
    const verdict = is < was ? 'better' : is - was > TOLERANCE * was && sameCompiler ? 'regression' : 'worse';
    return [{ key: name, what, before: grouped(was), after: grouped(is), change, verdict }];
  });
  const comparable = before.accuracySamples === after.accuracySamples;
  const accuracy: readonly Difference[] =
    !comparable || before.accuracy === after.accuracy
      ? []
      : [{ key: name, what: 'accuracy', before: percent(before.accuracy), after: percent(after.accuracy), verdict: after.accuracy > before.accuracy ? 'better' : 'regression' }];
  return [...counts, ...accuracy];
} // prettier-ignore

/**
 * What is not as the baseline has it; rows that only one of them has are left out, but for wrong bits, which are never right.
 * @param sameCompiler false: counts were made by another compiler and are no regressions
 */
export function differences(
  baseline: Baseline | undefined,
  rows: readonly BenchRow[],
  sameCompiler: boolean,
): readonly Difference[] {
  const known = new Map(baseline?.rows.map((row) => [keyOf(row), row]));
  return rows.flatMap((row): readonly Difference[] => {
    const name = keyOf(row);
    const before = known.get(name);
    const found: Difference[] = [];
    const wrong = (what: string): number =>
      found.push({ key: name, what, before: 'yes', after: 'no', verdict: 'regression' });
    if (isMeasured(row)) {
      if (!row.bitExact) wrong('bit-exact');
      if (!row.sizesAgree) wrong('sizes of emission and image agree');
    }
    if (before === undefined) return found;
    if ('refused' in row || 'refused' in before) {
      const [was, is] = [before, row].map((r) => ('refused' in r ? r.refused : 'runs'));
      if (was === is || was === undefined || is === undefined) return found;
      return [...found, { key: name, what: 'board', before: was, after: is, verdict: is === 'runs' ? 'better' : 'regression' }]; // prettier-ignore
    }
    return [...found, ...figureDifferences(name, before, row, sameCompiler)];
  });
}
