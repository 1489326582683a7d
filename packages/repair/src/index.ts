export { correctBias } from './bias';
export {
  reconstructLayers,
  type ReconstructedLayer,
  type ReconstructOptions,
  type Reconstruction,
} from './reconstruct';
export { layerErrors, type LayerErrors, type SignalError } from './measure';
export { chooseMasks } from './masks';
export type { RunOptions } from './options';
export {
  prepareFromSamples,
  prepareModel,
  repairCompression,
  type RepairedCompression,
  type Repairs,
} from './repairs';
