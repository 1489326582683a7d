import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { toFloatModel } from '@opq/core';
import { datasetSchema, openDataset, type Dataset, type DatasetDescription } from '@opq/data';
import { benchErrors } from '@opq/errors';
import { tensorOf, type CompressedModel, type Model } from '@opq/ir';
import {
  compressModel,
  loadCompressedModel,
  loadModel,
  problemsOf,
  type Placement,
  type RunOptions,
} from '@opq/pipeline';
import { dataFolder } from '../testing';

export const root = resolve(__dirname, '../..');
const MANIFEST = join(__dirname, 'models/manifest.json');

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);
const share = z.number().min(0).max(1);

const int8Variant = z.strictObject({
  name,
  source: z.string(),
  /** Samples that show the ranges of a float source. */
  calibration: z.strictObject({ data: datasetSchema, samples: z.number().int().positive() }).optional(),
});

const compressedVariant = z.strictObject({
  name,
  /** The network before compression. */
  source: z.string(),
  /** A file beside the manifest. */
  file: z.string().regex(/^[\w.-]+\.opq$/),
  /** What makes the file, typed in the root of the repository. */
  command: z.string(),
  /** How it is emitted for every board: options of `opq emit`; the defaults where it is left out. */
  emit: z
    .strictObject({
      optimize: z.enum(['balanced', 'latency', 'flash', 'ram']),
      ram: z.number().int().positive(),
      flash: z.number().int().positive().optional(),
    })
    .optional(),
  /** Over the test samples, rounded to four digits; of the source, as first compressed, and after training. */
  accuracy: z.strictObject({ float: share, oneShot: share.nullable(), finetuned: share.nullable() }),
});

const modelSchema = z.strictObject({
  name,
  title: z.string(),
  /** Labelled samples. */
  data: datasetSchema,
  /** Samples [from, past) that test: none that calibrated or repaired a variant. */
  test: z.tuple([z.number().int().min(0), z.number().int().positive()]),
  variants: z.array(z.union([compressedVariant, int8Variant])).min(1),
});

const manifestSchema = z.strictObject({ models: z.array(modelSchema).min(1) });

export type BenchModel = Readonly<z.infer<typeof modelSchema>>;
export type BenchVariant = BenchModel['variants'][number];

/** @throws OPQ1502 */
export function parseManifest(json: unknown, place: string): readonly BenchModel[] {
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw benchErrors.invalidFile(place, problemsOf(parsed.error.issues));
  return parsed.data.models;
}

/** The JSON of a file of this repository. @throws OPQ1502 */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw benchErrors.invalidFile(relative(root, file), [error instanceof Error ? error.message : 'unreadable']); // prettier-ignore
  }
}

export const readManifest = (): readonly BenchModel[] =>
  parseManifest(readJson(MANIFEST), relative(root, MANIFEST));

const FOREIGN = '$OPQ_TEST_DATA/';

/** A path of the manifest: in the folder of foreign data, or in the repository. */
const locate = (path: string): string =>
  path.startsWith(FOREIGN) ? join(dataFolder, path.slice(FOREIGN.length)) : join(root, path);

/** True when a model needs foreign data that is not there. */
export const isAbsent = (model: BenchModel): boolean =>
  JSON.stringify([model.data, model.variants.map(({ source }) => source)]).includes(FOREIGN) &&
  !existsSync(dataFolder);

function located(description: DatasetDescription): DatasetDescription {
  if (description.format !== 'raw') return description;
  const { labels } = description;
  return {
    ...description,
    samples: locate(description.samples),
    labels: labels && { ...labels, file: locate(labels.file) },
  };
}

const placement = (emit: z.infer<typeof compressedVariant>['emit']): Placement => {
  if (emit === undefined) return {};
  const { flash, ...others } = emit;
  return { ...others, ...(flash !== undefined && { flash }) };
};

/** How the compressed variant of a model is emitted. */
export function placementOf(model: string): Placement {
  const variants = readManifest().find(({ name: own }) => own === model)?.variants ?? [];
  return variants.flatMap((variant) => ('file' in variant ? [placement(variant.emit)] : []))[0] ?? {};
}

/** Samples [from, past) of a data set. */
const part = (data: Dataset, [from, past]: readonly [number, number]): Dataset => ({
  count: Math.max(0, Math.min(past, data.count) - from),
  shape: data.shape,
  sample: (index) => data.sample(from + index),
  label: (index) => data.label(from + index),
});

/** A variant of a model, ready for every board. */
export interface PreparedModel {
  readonly source: Model;
  /** The source in float32. */
  readonly float: Model;
  readonly compressed: CompressedModel;
  /** How it is emitted. */
  readonly placement: Placement;
  readonly data: Dataset;
}

const open = (description: DatasetDescription, model: Model): Promise<Dataset> =>
  openDataset(located(description), root, tensorOf(model, model.inputs[0]!).shape.slice(1));

/** Loads a variant; an int8 one of a float network is quantised here. @throws what reading and quantising throw */
export async function prepare(
  { data, test }: BenchModel,
  variant: BenchVariant,
  options: RunOptions,
): Promise<PreparedModel> {
  const source = await loadModel(locate(variant.source));
  const samples = part(await open(data, source), test);
  const { model: float } = toFloatModel(source);
  if ('file' in variant) {
    const compressed = loadCompressedModel(join(__dirname, 'models', variant.file));
    return { source, float, compressed, placement: placement(variant.emit), data: samples };
  }
  const calibration = variant.calibration && {
    data: await open(variant.calibration.data, source),
    samples: variant.calibration.samples,
  };
  const { compressed } = await compressModel({ source, compress: false, calibration, ...options });
  return { source, float, compressed, placement: {}, data: samples };
}
