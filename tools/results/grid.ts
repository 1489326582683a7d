import { ALLOCATOR_NAMES, compressWeights, solverDisagreement, type AllocatorName } from '@opq/core';
import { accuracy, openNetwork } from './networks';

/** One allocator at one (sparsity, bits), nothing trained, nothing repaired. */
export interface GridPoint {
  readonly allocator: AllocatorName | 'float32';
  readonly sparsity: number;
  readonly bits: number;
  readonly accuracy: number;
  readonly paperRatio: number;
  readonly storedRatio: number;
  /** Share of weights that the closed form prunes and the exact order keeps, or the reverse; 0 where there is one solver. */
  readonly disagreement: number;
}

const SPARSITIES = [0.5, 0.8, 0.9, 0.95];
const BITS = [2, 3, 4];

export async function measureGrid(key: string): Promise<readonly GridPoint[]> {
  const network = await openNetwork(key);
  const points: GridPoint[] = [
    { allocator: 'float32', sparsity: 0, bits: 32, accuracy: await accuracy(network, network.model), paperRatio: 1, storedRatio: 1, disagreement: 0 },
  ]; // prettier-ignore
  for (const sparsity of SPARSITIES)
    for (const bits of BITS)
      for (const allocator of ALLOCATOR_NAMES) {
        const options = { budget: { sparsity, bits }, allocator };
        const { model, totals } = compressWeights(network.model, options);
        points.push({
          allocator,
          sparsity,
          bits,
          accuracy: await accuracy(network, model),
          paperRatio: totals.before / totals.bytes.paper,
          storedRatio: totals.before / totals.bytes.flash,
          disagreement:
            allocator === 'uniform' || allocator === 'lamp'
              ? 0
              : solverDisagreement(network.model, options, sparsity),
        });
      }
  return points;
}
