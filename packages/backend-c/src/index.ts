export { emitC, EMISSION_VERSION, type Core, type EmitCOptions } from './emit';
export {
  planMemory,
  placeBuffers,
  ARENA_ALIGNMENT,
  type MemoryPlan,
  type Placement,
  type Lifetime,
} from './plan';
export { inComment, scaleParts } from './text';
