export { emitC, EMISSION_VERSION } from './emit';
export {
  planMemory,
  placeBuffers,
  ARENA_ALIGNMENT,
  type MemoryPlan,
  type Placement,
  type Lifetime,
} from './plan';
export { inComment, scaleParts } from './text';
