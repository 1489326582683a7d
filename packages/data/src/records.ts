import { dataErrors } from '@opq/errors';
import type { BlockFile } from './blocks';
import { elements, type StoredDataset, type ValueRange } from './dataset';
import type { Labels } from './labels';
import type { Convert } from './values';

/** Neighbours are read together up to about this many bytes. */
const RUN_BYTES = 1 << 20;
/** Values of the largest sample: 1 GiB as float32. */
const LARGEST_SAMPLE = 2 ** 28;

/** Samples of one size, each at the same place in a record, record after record. */
export interface Records {
  /** What messages call it. */
  readonly place: string;
  readonly file: BlockFile;
  /** Bytes before the first record. */
  readonly header?: number;
  /** Bytes of a record before its sample. */
  readonly before?: number;
  /** Bytes of a sample; the record ends with it. */
  readonly sampleBytes: number;
  readonly shape: readonly number[];
  readonly labels?: Labels | undefined;
  readonly classNames?: readonly string[] | undefined;
  readonly convert: Convert;
  readonly range: ValueRange | undefined;
}

/** @throws OPQ0422 */
export function checkSampleSize(place: string, shape: readonly number[]): void {
  const values = elements(shape);
  if (!(values >= 1 && values <= LARGEST_SAMPLE)) throw dataErrors.sampleSize(place, values, LARGEST_SAMPLE);
}

/** @throws OPQ0408 */
export function checkIndex(place: string, index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) throw dataErrors.noSample(place, index, count);
}

/** @throws OPQ0402 when the file holds no whole number of records, OPQ0403, OPQ0422 */
export function recordDataset(records: Records): StoredDataset {
  const { place, file, header = 0, before = 0, sampleBytes, shape, labels, convert } = records;
  checkSampleSize(place, shape);
  const recordBytes = before + sampleBytes;
  const body = file.bytes - header;
  if (body < 0 || body % recordBytes !== 0) throw dataErrors.wrongSize(place, body, recordBytes);
  const count = body / recordBytes;
  if (labels !== undefined && labels.numbers.length < count)
    throw dataErrors.tooFewLabels(labels.place, labels.numbers.length, count);
  const sampleLength = elements(shape);
  const together = Math.max(1, Math.floor(RUN_BYTES / recordBytes));
  let buffer = new Uint8Array(0);

  const read = (indices: ArrayLike<number>, into: Float32Array): void => {
    for (let i = 0; i < indices.length; ) {
      const first = indices[i] ?? -1;
      checkIndex(place, first, count);
      let run = 1;
      while (
        run < together &&
        i + run < indices.length &&
        indices[i + run] === first + run &&
        first + run < count
      )
        run++;
      if (buffer.length < run * recordBytes) buffer = new Uint8Array(run * recordBytes);
      file.readInto(buffer.subarray(0, run * recordBytes), header + first * recordBytes);
      for (let k = 0; k < run; k++)
        convert(
          buffer.subarray(k * recordBytes + before, (k + 1) * recordBytes),
          into,
          (i + k) * sampleLength,
        );
      i += run;
    }
  };
  return {
    count,
    shape,
    range: records.range,
    sampleLength,
    classNames: records.classNames,
    read,
    sample(index) {
      const values = new Float32Array(sampleLength);
      read([index], values);
      return values;
    },
    label: (index) => labels?.numbers[index],
    close: () => file.close(),
  };
}
