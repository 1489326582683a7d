export {
  KNOWN_ISAS,
  QEMU_PROGRAMS,
  targetSchema,
  type Target,
  type TargetInput,
  type Region,
  type Isa,
} from './target';
export { isRuntime, parseRuntime, runtimeSchema, type EmitTarget, type RuntimeTarget } from './runtime';
export { validateTarget } from './validate';
export { builtInTargets, findTarget, nearestNames, parseTarget, readTarget } from './find';
