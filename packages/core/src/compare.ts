import type { Model } from '@opq/ir';
import { allocatePruning } from './allocate';
import { allocators, findAllocator, type AllocatorName } from './allocators';
import { compressWeights, prepare, type CompressOptions, type WeightCompression } from './compress';

/** One allocator's answer to a budget. */
export interface Comparison {
  /** Who answers. */
  readonly allocator: AllocatorName;
  /** The weights as it would have them, with their cost. */
  readonly compression: WeightCompression;
  /**
   * Σ Nᵢ|pᵢ − p′ᵢ| / ΣNᵢ between the closed form over Laplace densities and the exact order of the weights; absent for
   * allocators that have no closed form.
   */
  readonly disagreement?: number;
}

const CLOSED_FORMS: ReadonlySet<AllocatorName> = new Set(['opq', 'global-l2', 'riq']);

/** How far the Laplace solver is from the exact order at one sparsity. @param sparsity of all weights */
export function solverDisagreement(model: Model, options: CompressOptions, sparsity: number): number {
  const allocator = findAllocator(options.allocator ?? 'opq');
  const { statistics, policies, options: settings } = prepare(model, options);
  const [laplace, exact] = (['laplace', 'exact'] as const).map((solver) =>
    allocatePruning(allocator, statistics, policies, sparsity, { ...settings, solver }),
  );
  const total = statistics.reduce((n, l) => n + l.values.length, 0);
  return statistics.reduce((n, _, i) => n + Math.abs((laplace?.[i] ?? 0) - (exact?.[i] ?? 0)), 0) / total;
}

/**
 * Every allocator at the same budget.
 * @throws OPQ03xx as compressWeights does
 */
export function compareAllocators(
  model: Model,
  options: Omit<CompressOptions, 'allocator'>,
  each: (done: number, total: number) => void = () => undefined,
): readonly Comparison[] {
  return allocators.map(({ name }, i) => {
    each(i, allocators.length);
    const own = { ...options, allocator: name };
    const compression = compressWeights(model, own);
    return {
      allocator: name,
      compression,
      ...(CLOSED_FORMS.has(name) && {
        disagreement: solverDisagreement(model, own, compression.resolved.sparsity),
      }),
    };
  });
}
