import { BACKEND_API, type Backend } from '@opq/backend';
import { emitC, supportsC, wrongTarget } from '@opq/backend-c';
import { builtInTargets, isRuntime } from '@opq/targets';

/** Arm Cortex-M: C99 kernels, a static arena, one codebook per layer. */
export function cortexM(): Backend {
  const targets = builtInTargets.filter((target) => target.isa.startsWith('arm'));
  return {
    api: BACKEND_API,
    name: 'cortex-m',
    targets,
    supports: (layer, model, target) =>
      isRuntime(target) || !target.isa.startsWith('arm')
        ? wrongTarget(layer, target, 'Choose an Arm Cortex-M target: `opq targets`.')
        : supportsC(layer, model),
    emit: async (model, target, options) =>
      emitC(model, {
        ...options,
        core: !isRuntime(target) && target.features.includes('dsp') ? 'dsp' : 'word',
      }),
  };
}
