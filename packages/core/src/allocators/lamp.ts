import { globalShares } from './global-order';
import type { LayerStatistics } from './allocator';

/**
 * Layer-adaptive scores (Lee et al., ICLR 2021): of weights ordered by magnitude, score(u) = w_u² / Σ w_v² over all v of the
 * layer that are not smaller. Returned as square roots, in ascending order of magnitude; the order is what counts.
 */
export function lampScores(values: Float32Array): Float32Array {
  const magnitudes = Float32Array.from(values, Math.abs).sort();
  let sum = 0;
  for (let i = magnitudes.length - 1; i >= 0; i--) {
    const square = (magnitudes[i] as number) ** 2;
    sum += square;
    magnitudes[i] = sum === 0 ? 0 : Math.sqrt(square / sum);
  }
  return magnitudes;
}

export const lampShares = (layers: readonly LayerStatistics[], pruned: number): readonly number[] =>
  globalShares(
    layers.map(({ values, limit }) => ({ scores: lampScores(values), factor: 1, limit })),
    pruned,
  );
