export { type EmitCOptions } from './assign';
export { emitC, EMISSION_VERSION } from './emit';
export {
  planMemory,
  placeBuffers,
  ARENA_ALIGNMENT,
  type MemoryPlan,
  type Placement,
  type Lifetime,
} from './plan';
export { supportsC, wrongTarget } from './supports';
export { inComment, scaleParts } from './text';
export {
  addWeights,
  boundsOf,
  isWeightedSite,
  windowMembers,
  type WeightedSite,
  type WeightTables,
} from './weight-tables';
