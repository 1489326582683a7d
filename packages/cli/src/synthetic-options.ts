import type { Command } from 'commander';
import { cliErrors } from '@opq/errors';
import type { KnownInput } from '@opq/finetune';
import { SYNTHETIC_KINDS, type SyntheticInputs, type SyntheticPlan } from '@opq/pipeline';
import { count, numeric } from './options';

/** The flags of inputs that stand in for data, as commander gives them. */
export interface SyntheticFlags {
  readonly synthetic?: number;
  readonly syntheticKind?: string;
  readonly syntheticSeed?: number;
  readonly inputRange?: readonly number[];
  readonly inputMean?: readonly number[];
  readonly inputDeviation?: readonly number[];
  readonly inputLayout?: readonly number[];
}

/** Numbers with commas between them. @throws OPQ0909 */
const numbers = (text: string): readonly number[] => text.split(',').map(numeric);
/** Whole numbers above zero, with commas between them. @throws OPQ0909 */
const counts = (text: string): readonly number[] => text.split(',').map(count);

/** @param instead what the inputs stand in for */
export const syntheticFlags = (command: Command, instead: string): Command =>
  command
    .option('--synthetic <count>', `make so many inputs up instead: ${instead}`, count)
    .option(
      '--synthetic-kind <name>',
      'optimised (until the network is sure of them, every class in turn), or drawn: scenes, coloured or white noise (default: scenes for colour images, else optimised)',
    )
    .option('--synthetic-seed <number>', 'of the inputs made up (default: 1)', numeric)
    .option(
      '--input-range <lowest,highest>',
      'values a made-up input takes (default: what an int8 input can hold)',
      numbers,
    )
    .option(
      '--input-mean <numbers>',
      'of made-up inputs: one number, or one for each channel or column (default: 0, or the middle where 0 is near an end)',
      numbers,
    )
    .option('--input-deviation <numbers>', 'as --input-mean (default: a quarter of the range)', numbers)
    .option(
      '--input-layout <height,width,channels>',
      'image that a flat input holds (default: its own shape)',
      counts,
    );

/** The flag that only goes with --synthetic and stands without it. */
const DEPENDENT = {
  syntheticKind: '--synthetic-kind',
  syntheticSeed: '--synthetic-seed',
  inputRange: '--input-range',
  inputMean: '--input-mean',
  inputDeviation: '--input-deviation',
  inputLayout: '--input-layout',
} as const satisfies Partial<Record<keyof SyntheticFlags, string>>;

/** What is made up; undefined without --synthetic. @throws OPQ0909 */
export function syntheticPlanOf(
  flags: SyntheticFlags,
  { runtime, workers }: Pick<SyntheticPlan, 'runtime' | 'workers'>,
): SyntheticPlan | undefined {
  if (flags.synthetic === undefined) {
    const lonely = Object.entries(DEPENDENT).find(
      ([name]) => flags[name as keyof SyntheticFlags] !== undefined,
    );
    if (lonely !== undefined) throw cliErrors.usage(`${lonely[1]} goes with --synthetic.`);
    return undefined;
  }
  const { syntheticKind = 'auto', syntheticSeed: seed = 1 } = flags;
  const kind = [...SYNTHETIC_KINDS, 'auto' as const].find((name) => name === syntheticKind);
  if (kind === undefined)
    throw cliErrors.usage(`--synthetic-kind is ${SYNTHETIC_KINDS.join(', ')}; not "${syntheticKind}".`);
  if (!Number.isSafeInteger(seed)) throw cliErrors.usage(`--synthetic-seed is a whole number, not ${seed}.`);
  return { count: flags.synthetic, seed, kind, known: knownOf(flags), runtime, workers };
}

function knownOf({ inputRange, inputMean, inputDeviation, inputLayout }: SyntheticFlags): KnownInput {
  const [lowest, highest, ...more] = inputRange ?? [];
  if (inputRange !== undefined && (lowest === undefined || highest === undefined || more.length > 0))
    throw cliErrors.usage('--input-range takes two numbers, such as 0,255.');
  return {
    range: lowest === undefined || highest === undefined ? undefined : [lowest, highest],
    mean: inputMean,
    deviation: inputDeviation,
    layout: inputLayout,
  };
}

/** Inputs that were made up, for reports. */
export interface SyntheticReport {
  readonly count: number;
  readonly kind: string;
  readonly seed: number;
  readonly range: readonly [number, number];
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** What a user should hear before results rest on very little; undefined where more is known, or what little is has been enough. */
export const rangeNote = ({ known }: SyntheticPlan, { statistics }: SyntheticInputs): string | undefined =>
  known.mean !== undefined || known.deviation !== undefined || statistics.layout?.[2] === 3
    ? undefined
    : 'note: only the range of the input is known. Where this was measured, repair on such inputs did harm; --repair fold leaves it out, --input-mean and --input-deviation say more.';

export const syntheticReport = (
  { count, seed }: SyntheticPlan,
  { kind, statistics }: SyntheticInputs,
): SyntheticReport => ({
  count,
  kind,
  seed,
  range: [statistics.lowest, statistics.highest],
  mean: statistics.mean,
  deviation: statistics.deviation,
});

export function syntheticText({ count, kind, range, mean, deviation }: SyntheticReport): string {
  const few = (list: readonly number[]): string =>
    list.length > 3 ? `of each of ${list.length}` : list.map((v) => Number(v.toPrecision(4))).join(', ');
  return `${count.toLocaleString('en-US')} synthetic inputs (${kind}; ${range.map((v) => Number(v.toPrecision(4))).join(' to ')}, mean ${few(mean)}, deviation ${few(deviation)})`;
}
