import { BACKEND_API, coreOf, type Backend } from '@opq/backend';
import { emitC, supportsC, wrongTarget } from '@opq/backend-c';
import { builtInTargets, isRuntime, type EmitTarget, type Isa } from '@opq/targets';
import { asComponent } from './component';

/** Cores of Espressif's chips, and those that stand in for them on emulated boards. */
const CORES: readonly Isa[] = ['rv32imc', 'xtensa-lx106', 'xtensa-lx6', 'xtensa-lx7'];

/** ESP32, ESP32-S3 and ESP32-C3, and the emulated boards with cores like theirs: C99 kernels, a static arena. */
export function esp32(): Backend {
  const serves = (target: EmitTarget): boolean => !isRuntime(target) && CORES.includes(target.isa);
  const targets = builtInTargets.filter(serves);
  return {
    api: BACKEND_API,
    name: 'esp32',
    targets,
    serves,
    supports: (layer, model, target) =>
      serves(target)
        ? supportsC(layer, model)
        : wrongTarget(layer, target, 'Choose an ESP32 target: `opq targets`.'),
    async emit(model, target, options) {
      const core = isRuntime(target) ? 'xtensa' : coreOf(target);
      const emission = emitC(model, { ...options, core });
      const bare = isRuntime(target) || target.emulator !== undefined;
      return bare ? emission : { ...emission, artifacts: asComponent(emission.artifacts) };
    },
  };
}
