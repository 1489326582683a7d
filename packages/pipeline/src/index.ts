export * from './progress';
export * from './config';
export * from './report';
export { loadModel } from './load';
export { compressModel, type CompressRequest, type CompressResult } from './compress';
export { bytesBesidesWeights, estimateFixedFlash, type Storage } from './fixed-flash';
export type { Calibration } from './calibrate';
export { repairsFor } from './repair';
export {
  emitModel,
  goldenInput,
  readEmission,
  writeEmission,
  writeFolder,
  writeWhole,
  type Placement,
} from './emit';
export { deploy, type DeployRequest } from './deploy';
export { measure, type MeasureRequest } from './measure';
export { floatAccuracy, type AccuracyOptions } from './accuracy';
