export * from './progress';
export * from './config';
export * from './report';
export { loadModel } from './load';
export { compressModel, type CompressRequest, type CompressResult } from './compress';
export { emitModel, goldenInput, readEmission, writeEmission, writeFolder, writeWhole } from './emit';
export { deploy, type DeployRequest } from './deploy';
export { measure, type MeasureRequest } from './measure';
