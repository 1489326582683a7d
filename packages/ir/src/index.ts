export * from './tensor';
export * from './layer';
export * from './model';
export * from './geometry';
export * from './requantisation';
export { checkModel, checkCompressedModel, assertModel } from './check';
export { writeCompressedModel, readCompressedModel } from './serialise';
