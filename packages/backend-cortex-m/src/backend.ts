import { BACKEND_API, type Backend, type Core } from '@opq/backend';
import { emitC, supportsC, wrongTarget } from '@opq/backend-c';
import { builtInTargets, isRuntime, type EmitTarget, type Target } from '@opq/targets';

/** Whose cost of instructions the kernels are chosen by. */
function coreOf({ features }: Target): Core {
  if (features.includes('mve')) return 'mve';
  return features.includes('dsp') ? 'dsp' : 'word';
}

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
