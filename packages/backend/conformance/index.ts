export { conformanceTests } from './tests';
export type { ConformanceOptions, ConformanceTest, Network } from './options';
export {
  runConformance,
  runPartConformance,
  type ConformanceReport,
  type ConformanceResult,
  type RunOptions,
} from './run';
export { builtSizes, runOnHost, type BuiltSizes } from './compiled';
export { realModels } from './models';
export { type Part } from './parts';
export { decodingCode, generatedWeights, type DecodingCode, type Stream } from './decoding';
