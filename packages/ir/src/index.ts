export * from './tensor';
export * from './layer';
export * from './model';
export * from './geometry';
export * from './requantisation';
export { crc32 } from './crc32';
export { canonicalJson } from './canonical';
export { checkModel, checkCompressedModel, assertModel } from './check';
export {
  isCompressedModel,
  writeCompressedModel,
  readCompressedModel,
  writeModel,
  readModel,
} from './serialise';
export { ModelAssembler, ShapeProblem, type LayerDescription } from './assemble';
export { halfToNumber } from './half';
