import { isStored, type Dataset, type StoredDataset } from './dataset';
import { checkIndex } from './records';
import { dataErrors } from '@opq/errors';

const PLACE = 'The data set';

/** Reads samples one after the other into `into`, in one go where the data set can. @throws OPQ0408, OPQ0420 for samples of several sizes */
export function readSamples(
  dataset: Dataset,
  indices: ArrayLike<number>,
  sampleLength: number,
  into: Float32Array,
): void {
  if (isStored(dataset)) return dataset.read(indices, into);
  for (let i = 0; i < indices.length; i++) {
    const sample = dataset.sample(indices[i] ?? -1);
    if (sample.length !== sampleLength)
      throw dataErrors.badBatches(`sample ${indices[i]} has ${sample.length} values, others ${sampleLength}`);
    into.set(sample, i * sampleLength);
  }
}

/**
 * Some samples of a data set, in the order of `indices`; sample i here is sample indices[i] there. Closing it closes the whole.
 * @throws OPQ0408
 */
export function subset(dataset: StoredDataset, indices: ArrayLike<number>): StoredDataset;
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset;
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const own = Uint32Array.from(indices, (index) => {
    checkIndex(PLACE, index, dataset.count);
    return index;
  });
  const original = (index: number): number => {
    checkIndex(PLACE, index, own.length);
    return own[index] ?? 0;
  };
  const part: Dataset = {
    count: own.length,
    shape: dataset.shape,
    range: dataset.range,
    sample: (index) => dataset.sample(original(index)),
    label: (index) => (index in own ? dataset.label(original(index)) : undefined),
  };
  if (!isStored(dataset)) return part;
  const stored: StoredDataset = {
    ...dataset,
    ...part,
    shape: dataset.shape,
    read: (wanted, into) => dataset.read(Uint32Array.from(wanted, original), into),
  };
  return stored;
}

/** The first `count` samples, or all where there are fewer. */
export function take(dataset: StoredDataset, count: number): StoredDataset;
export function take(dataset: Dataset, count: number): Dataset;
export function take(dataset: Dataset, count: number): Dataset {
  return subset(
    dataset,
    Array.from({ length: Math.min(count, dataset.count) }, (_, i) => i),
  );
}
