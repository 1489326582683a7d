export { createNodes, createNodesV2 } from './plugin';
export { compressExecutor, deployExecutor, emitExecutor } from './executors';
export { targetsOf, type ToolInputs } from './targets';
