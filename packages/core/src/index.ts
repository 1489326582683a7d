export {
  budgetUse,
  compressWeights,
  prepare,
  type CompressOptions,
  type Prepared,
  type WeightCompression,
} from './compress';
export { realWeights, type CompressedWeights } from './compressed-weights';
export {
  ALLOCATOR_NAMES,
  allocators,
  findAllocator,
  type Allocator,
  type AllocatorName,
  type Solver,
} from './allocators';
export { allocatePruning } from './allocate';
export { channelOf, layerWeights, weightIndex, type LayerWeights } from './weights';
export { channelImportance, inputImportance } from './importance';
export { compressMasked, type ChosenMasks } from './masked';
export { withLevels, type LevelChanges } from './with-levels';
export { foldBatchNorm } from './fold';
export { channelPairs, equaliseActivations, equaliseLayers, type ChannelPair } from './equalise';
export { quantiseActivations, quantisationFor, type ActivationQuantisation } from './activations';
export { quantiseModel } from './quantise';
export { fromInt8Model, toFloatModel, type FloatView } from './views';
export type { Budget } from './budget';
export type { GainMode } from './gains';
export type { KeptEnds, LayerOverride } from './policy';
export { ACCOUNTINGS, type Accounting, type LayerAccount } from './accounting';
export { compareAllocators, solverDisagreement, type Comparison } from './compare';
export { placeholderInt8 } from './placeholder';
