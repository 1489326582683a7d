export type { Augmentation } from './augment';
export { createBatches, type Batch, type Batches, type BatchOptions } from './batches';
export type { Dataset, StoredDataset } from './dataset';
export { datasetSchema, parseDescription, type DatasetDescription, type Split } from './description';
export { readLabels, type Labels } from './labels';
export { openDataset } from './open';
export { randomStream, type Uniform } from './random';
export { splitAt, splitDataset, type SplitDataset, type SplitOptions, type SplitSize } from './split';
export { subset, take } from './subset';
