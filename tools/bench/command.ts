import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { count, EXIT, examples, print, progressDisplay, report } from '@opq/cli';
import { benchErrors, cliErrors } from '@opq/errors';
import { findToolchain } from '@opq/firmware';
import { dataFolder } from '../testing';
import {
  BASELINE,
  baselineText,
  differences,
  readBaseline,
  sameCompilers,
  updated,
  type Baseline,
} from './comparison';
import { DOCUMENT, readPublished, renderDocument } from './document';
import { manifestProblems } from './manifest-check';
import { measureJob } from './measure';
import { readManifest, root } from './models';
import type { BenchRow } from './row';
import { select, type Selection } from './selection';
import { benchText, differenceLines } from './table';

interface Options {
  readonly models?: readonly string[];
  readonly variants?: readonly string[];
  readonly boards?: readonly string[];
  readonly samples: number;
  readonly hostSamples?: number;
  readonly layers?: boolean;
  readonly json?: boolean;
  readonly update?: boolean;
  readonly write?: boolean;
}

const list = (text: string): readonly string[] => text.split(',').map((name) => name.trim()).filter((name) => name !== ''); // prettier-ignore
const say = (lines: readonly string[]): void => lines.forEach((line) => process.stderr.write(`${line}\n`));

/** Versions of the compilers that the boards of a selection need, by program. @throws OPQ0701 */
export async function compilersOf({ jobs }: Selection, signal?: AbortSignal): Promise<Baseline['compilers']> {
  const targets = jobs.flatMap((job) => job.targets);
  const byPrefix = new Map(targets.map((target) => [target.toolchain.prefix, target]));
  const found = await Promise.all([...byPrefix.values()].map((target) => findToolchain(target, signal)));
  return Object.fromEntries(found.map(({ compiler, version }) => [compiler, version]));
}

/** @throws OPQ0909 for flags that contradict each other */
function checkOptions({ models, variants, boards, hostSamples, write, update }: Options): void {
  if ((write || update) && hostSamples !== undefined)
    throw cliErrors.usage('What is kept has its accuracy over all samples: leave --host-samples out.');
  if (write && (models ?? variants ?? boards) !== undefined)
    throw cliErrors.usage('--write makes the whole page: leave --models, --variants and --boards out.');
}

/** Measures what is asked for, prints it, and compares it with the baseline. @returns the exit code */
async function bench(options: Options, signal: AbortSignal): Promise<number> {
  checkOptions(options);
  const models = readManifest();
  const selection = select(models, options);
  const { jobs, skipped } = selection;
  if (skipped.length > 0) {
    const absent = benchErrors.dataAbsent(dataFolder, skipped);
    if (options.write) throw absent;
    say([`skipped: ${absent.message}`, `  ${absent.hint}`]);
  }
  const baseline = readBaseline();
  const compilers = await compilersOf(selection, signal);
  const { progress, finish } = progressDisplay();
  const rows: BenchRow[] = [];
  const manifest: string[] = [];
  try {
    for (const job of jobs) {
      const own = await measureJob(job, {
        boardSamples: options.samples,
        hostSamples: options.hostSamples,
        directory: join(root, '.opq', 'bench'),
        progress,
        signal,
      });
      manifest.push(...manifestProblems(job, own));
      rows.push(...own);
    }
  } finally {
    finish();
  }
  const same = sameCompilers(baseline, compilers);
  const found = differences(baseline, rows, same);
  print(options.json ? JSON.stringify(rows, null, 2) : benchText(rows, options.layers === true));
  const verdict =
    baseline === undefined
      ? ['no baseline: --update makes one']
      : [
          ...(same ? [] : ['another compiler made the baseline: its counts are shown and not judged']),
          ...(found.length === 0 ? ['as the baseline'] : differenceLines(found)),
        ];
  say(['', ...verdict, ...manifest]);
  if (options.update) writeFileSync(BASELINE, baselineText(updated(baseline, rows, compilers)));
  if (options.write) writeFileSync(DOCUMENT, renderDocument(rows, models, readPublished(), compilers));
  // What is updated is meant to be as it is; wrong bits never are.
  const wrong = found.some(({ verdict: v, before }) => v === 'regression' && (!options.update || before === 'yes')); // prettier-ignore
  return wrong || manifest.length > 0 ? EXIT.failed : EXIT.ok;
}

/** The command line, ready to parse. @param done takes the exit code */
function createProgram(signal: AbortSignal, done: (code: number) => void): Command {
  return new Command('npm run bench --')
    .description(
      'Build every model, variant and board, run it on the emulated board, count, and compare with the baseline.',
    )
    .option('--models <names>', 'models of models/manifest.json, with commas between (default: all)', list)
    .option('--variants <names>', 'variants, with commas between (default: all)', list)
    .option('--boards <names>', 'emulated boards, with commas between (default: all)', list)
    .option('--samples <number>', 'samples on each board', count, 20)
    .option('--host-samples <number>', "samples on the host's interpreter (default: all that test)", count)
    .option('--layers', 'print the layers of every row as well')
    .option('--json', 'print the rows as one JSON document on standard output')
    .option('--update', 'write tools/bench/baseline.json, rows that were not measured kept')
    .option('--write', 'write docs/results/bench.md')
    .addHelpText(
      'after',
      `${examples(
        'npm run bench',
        'npm run bench -- --models ic,kws --boards mps2-an386 --json',
        'npm run bench -- --models kws --variants opq --boards mps2-an386 --layers',
        'npm run bench -- --update --write',
      )}\n\nExit codes: 0 done, 1 failed, or worse than the baseline by more than 2 %, 2 wrong usage, 130 interrupted`,
    )
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .action(async (options: Options) => done(await bench(options, signal)));
}

/** Runs one command line and gives its exit code; nothing is thrown. */
export async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let code: number = EXIT.ok;
  try {
    await createProgram(signal, (result) => (code = result)).parseAsync([...argv]);
    return code;
  } catch (error) {
    // commander has printed its own help or complaint.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (signal.aborted) {
      process.stderr.write('stopped\n');
      return EXIT.interrupted;
    }
    return report(error, argv.includes('--json'));
  }
}
