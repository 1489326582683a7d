import { BACKEND_API, coreOf, type Backend } from '@opq/backend';
import { emitC, supportsC, wrongTarget } from '@opq/backend-c';
import { builtInTargets, isRuntime, type EmitTarget } from '@opq/targets';

/** Arm Cortex-M: C99 kernels, a static arena, one codebook per layer. */
export function cortexM(): Backend {
  const serves = (target: EmitTarget): boolean => !isRuntime(target) && target.isa.startsWith('arm');
  const targets = builtInTargets.filter(serves);
  return {
    api: BACKEND_API,
    name: 'cortex-m',
    targets,
    serves,
    supports: (layer, model, target) =>
      serves(target)
        ? supportsC(layer, model)
        : wrongTarget(layer, target, 'Choose an Arm Cortex-M target: `opq targets`.'),
    emit: async (model, target, options) =>
      emitC(model, {
        ...options,
        core: isRuntime(target) ? 'word' : coreOf(target),
      }),
  };
}
