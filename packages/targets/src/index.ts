export { targetSchema, type Target, type Region, type Isa } from './target';
export { isRuntime, parseRuntime, runtimeSchema, type EmitTarget, type RuntimeTarget } from './runtime';
export { validateTarget } from './validate';
export { builtInTargets, findTarget, nearestNames, parseTarget } from './find';
