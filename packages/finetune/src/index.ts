export { buildForwardGraph, buildTrainingGraph } from './graph/build';
export type { FakeQuantisation, ForwardGraph, Loss, Parameter, TrainingGraph } from './graph/training-graph';
export type { Engine, Feed, RuntimeName, Session } from './runtime/engine';
export { openEngine } from './runtime/open-engine';
export {
  finetune,
  type Finetuned,
  type FinetuneProgress,
  type FinetuneRequest,
  type FinetuneRun,
} from './train';
export { finetuneSchema, type FinetuneInput, type FinetuneOptions } from './options';
export { better, type EpochRecord } from './history';
export type { CheckpointStore } from './checkpoint';
export { createGradientPool, type GradientPool, type Shard, type StepResult } from './runtime/gradient-pool';
export {
  createSessionPool,
  type Feeds,
  type Outputs,
  type PoolOptions,
  type SessionPool,
} from './runtime/session-pool';
export { networkAccuracy, type AccuracyRequest } from './accuracy';
export { weightImportance, type ImportanceOptions } from './importance';
export { toFakeQuantisation } from './gradients';
export * from './synthetic';
