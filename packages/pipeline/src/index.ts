export * from './progress';
export * from './config';
export * from './report';
export { isCompressedFile, loadCompressedModel, loadModel } from './load';
export { HOST_RUNTIMES, openNetwork, type HostNetwork, type HostRuntime } from './host/network';
export { runNetwork, type HostRun } from './host/run';
export { verifyNetworks, type Verification } from './host/verify';
export { compressModel, type CompressRequest, type CompressResult } from './compress';
export { bytesBesidesWeights, estimateFixedFlash, type Storage } from './fixed-flash';
export type { Calibration } from './calibrate';
export type { FinetuneOutcome, FinetunePlan } from './finetune';
export {
  SYNTHETIC_KINDS,
  syntheticInputs,
  type SyntheticInputs,
  type SyntheticKind,
  type SyntheticPlan,
} from './synthetic';
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
export {
  boardsOf,
  pluginOf,
  pluginPackages,
  resolvePlugins,
  type PluginLists,
  type TriedPlugin,
} from './plugins';
export { flashFirmware, flashProgress } from './flash';
export { explainSample, explainSelfTest } from './diagnose';
export { problemsOf } from './problems';
export {
  bootDevice,
  deploy,
  runOnBoard,
  standInFor,
  verifyDevice,
  type BoardRequest,
  type BootRequest,
  type DeployRequest,
} from './deploy';
export { measure, type MeasureRequest, type SampleResult } from './measure';
export { areaUnderCurve, createScore, largest, taskOf, type Score, type Scored, type Task } from './scores';
export { weightReports } from './weight-report';
export { floatAccuracy, integerAccuracy, type AccuracyOptions } from './accuracy';
export {
  openTrainingData,
  type DescribedData,
  type TrainingData,
  type TestPart,
  type TrainingSources,
} from './training-data';
export { without } from './without';
export { sweep, type FailedPoint, type Sweep, type SweepReport, type SweepRequest } from './sweep/sweep';
export { serveSweep } from './sweep/serve';
export type { SweepPlan, SweepPoint } from './sweep/plan';
export type { PointResult } from './sweep/result';
export { curveOf, readSweep, type SweepCurve } from './sweep/read';
