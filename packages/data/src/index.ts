export { datasetSchema, parseDescription, type DatasetDescription } from './description';
export { openDataset, type Dataset } from './open';
