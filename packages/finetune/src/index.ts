export { buildForwardGraph, buildTrainingGraph } from './graph/build';
export type { FakeQuantisation, ForwardGraph, Loss, Parameter, TrainingGraph } from './graph/training-graph';
export type { Engine, Feed, RuntimeName, Session } from './runtime/engine';
export { openEngine } from './runtime/open-engine';
