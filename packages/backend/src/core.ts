import type { Target } from '@opq/targets';
import type { Core } from './kernels';

/** Whose instructions are counted for a target: kernels, and how they are called, are chosen by it. */
export function coreOf({ isa, features }: Pick<Target, 'isa' | 'features'>): Core {
  if (isa.startsWith('rv')) return 'riscv';
  if (isa.startsWith('xtensa')) return 'xtensa';
  if (isa === 'armv6-m') return 'baseline';
  if (features.includes('mve')) return 'mve';
  return features.includes('dsp') ? 'dsp' : 'word';
}
