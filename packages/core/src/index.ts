export {
  compressWeights,
  realWeights,
  type CompressOptions,
  type CompressedWeights,
  type WeightCompression,
} from './compress';
export { layerWeights, weightIndex, type LayerWeights } from './weights';
export { withLevels, type LevelChanges } from './with-levels';
export { foldBatchNorm } from './fold';
export { equaliseLayers } from './equalise';
export { quantiseActivations, quantisationFor, type ActivationQuantisation } from './activations';
export { quantiseModel } from './quantise';
export { fromInt8Model, toFloatModel, type FloatView } from './views';
export type { Budget, ResolvedBudget } from './budget';
export type { GainMode } from './gains';
export { accountLayer, levelsOf, type LayerAccount } from './accounting';
