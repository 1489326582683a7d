export { targetSchema, type Target, type Region, type Isa } from './target';
export { validateTarget } from './validate';
export { builtInTargets, findTarget, nearestNames, parseTarget } from './find';
