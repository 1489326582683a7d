import type { Model } from '@opq/ir';
import { laplaceNetwork } from '../../core/test/networks';

/** Dense layers of these widths, weights drawn from Laplace densities. */
export const dense = (widths: readonly number[], seed: number): Model =>
  laplaceNetwork(
    widths.slice(1).map((outputs, i) => [outputs, widths[i] as number, 0.1] as const) as never,
    seed,
  );
