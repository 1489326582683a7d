export { emitC, EMISSION_VERSION } from './emit';
export {
  planMemory,
  placeBuffers,
  ARENA_ALIGNMENT,
  type MemoryPlan,
  type Placement,
  type Lifetime,
} from './plan';
export {
  encodeWeights,
  encodePacked,
  encodeBitmap,
  decodeWeights,
  encodedBytes,
  channelMajor,
  type EncodedWeights,
} from './encode';
export { inComment, scaleParts } from './text';
