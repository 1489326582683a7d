export { emitC, EMISSION_VERSION, type Core, type EmitCOptions } from './emit';
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
