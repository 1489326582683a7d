import { coreErrors } from '@opq/errors';
import type { LayerWeights } from './weights';

/** What is asked of one layer, whatever the budget gives the others. */
export interface LayerOverride {
  /** Not pruned, 8 bits. */
  readonly skip?: boolean | undefined;
  /** Exactly this share of its weights becomes zero, 0…1. */
  readonly sparsity?: number | undefined;
  /** Average bits of its survivors, 1…8. */
  readonly bits?: number | undefined;
  /** It loses no larger share. */
  readonly maximumSparsity?: number | undefined;
}

/** Which of the first and last weighted layer stay at 8 bits, unpruned. */
export type KeptEnds = 'none' | 'first' | 'last' | 'both';

/** Settled for each layer: every member that is set is fixed; the allocator decides the others. */
export interface LayerPolicy {
  readonly skip: boolean;
  readonly sparsity: number | undefined;
  readonly bits: number | undefined;
  /** 0…1; the allocator's limit. */
  readonly maximumSparsity: number;
}

export interface PolicyOptions {
  readonly skip?: readonly string[] | undefined;
  readonly layers?: Readonly<Record<string, LayerOverride>> | undefined;
  readonly keepEnds?: KeptEnds | undefined;
  readonly maximumSparsity?: number | undefined;
}

/** Unless said otherwise a layer keeps one weight in a hundred. */
const MAXIMUM_SPARSITY = 0.99;

const within = (what: string, value: number | undefined, low: number, high: number): void => {
  if (value !== undefined && !(value >= low && value <= high))
    throw coreErrors.budgetOutOfRange(what, value, `between ${low} and ${high}`);
};

/**
 * One policy per layer, from overrides by name and the rule for the ends.
 * @throws OPQ0303 for numbers out of range, OPQ0310 for a name that no weighted layer has
 */
export function policiesFor(
  layers: readonly LayerWeights[],
  { skip = [], layers: overrides = {}, keepEnds = 'none', maximumSparsity = MAXIMUM_SPARSITY }: PolicyOptions,
): readonly LayerPolicy[] {
  const known = new Set(layers.map(({ name }) => name));
  const unknown = [...skip, ...Object.keys(overrides)].find((name) => !known.has(name));
  if (unknown !== undefined) throw coreErrors.unknownLayer(unknown, [...known]);
  within('maximum sparsity of a layer', maximumSparsity, 0, 1);
  return layers.map(({ name }, i) => {
    const own = overrides[name] ?? {};
    within(`sparsity of layer ${name}`, own.sparsity, 0, 1);
    within(`maximum sparsity of layer ${name}`, own.maximumSparsity, 0, 1);
    within(`number of bits of layer ${name}`, own.bits, 1, 8);
    const kept =
      ((keepEnds === 'first' || keepEnds === 'both') && i === 0) ||
      ((keepEnds === 'last' || keepEnds === 'both') && i === layers.length - 1);
    if (own.skip ?? (skip.includes(name) || kept))
      return { skip: true, sparsity: 0, bits: undefined, maximumSparsity: 0 };
    return {
      skip: false,
      sparsity: own.sparsity,
      bits: own.bits,
      maximumSparsity: own.maximumSparsity ?? maximumSparsity,
    };
  });
}
