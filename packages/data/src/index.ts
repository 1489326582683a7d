export { datasetSchema, parseDescription, type DatasetDescription, type Split } from './description';
export type { Dataset, StoredDataset } from './dataset';
export { openDataset } from './open';
