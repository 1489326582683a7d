import { coreErrors } from '@opq/errors';
import { accountedBytes, type Accounting } from './accounting';
import type { CompressedWeights } from './compressed-weights';

/** What a compression may cost. */
export type Budget =
  /** Outright: share of all weights that becomes zero, 0…1, and average bits of a survivor, 1…8. */
  | { readonly sparsity: number; readonly bits: number }
  /** Bytes of the float32 weights over bytes of the compressed ones; above 1. Counted as stored unless said otherwise. */
  | { readonly ratio: number; readonly accounting?: Accounting | undefined }
  /** Bits per weight, pruned ones counted too, 0…8. */
  | { readonly averageBits: number; readonly accounting?: Accounting | undefined }
  /** Bytes of the model in flash: weights, tables, scales and biases. */
  | { readonly flash: number };

/**
 * The two numbers all layers share: a sparsity, and either the average bits of a survivor (indices of whole bits) or Δ₀, the
 * common step before 1/√ω (levels coded by their frequency).
 */
export type Resolved =
  | { readonly sparsity: number; readonly bits: number }
  | { readonly sparsity: number; readonly commonStep: number };

/** A budget as a size of all weights in one accounting. */
export interface SizeLimit {
  readonly bytes: number;
  readonly accounting: Accounting;
}

const positive = (what: string, value: number, most: number): void => {
  if (!(value > 0 && value <= most))
    throw coreErrors.budgetOutOfRange(what, value, `above 0 and at most ${most}`);
};

/**
 * The size a budget allows; undefined for one that is outright. @param weights number of them @param fixedBytes bytes of the
 * model in flash that are not weights or their tables
 * @throws OPQ0303
 */
export function sizeLimit(budget: Budget, weights: number, fixedBytes: number): SizeLimit | undefined {
  if ('flash' in budget) {
    positive('flash', budget.flash, 2 ** 32);
    if (budget.flash <= fixedBytes) throw coreErrors.flashTooSmall(budget.flash, fixedBytes);
    return { bytes: budget.flash - fixedBytes, accounting: 'flash' };
  }
  if ('ratio' in budget) {
    if (!(budget.ratio > 1 && budget.ratio <= 10_000))
      throw coreErrors.budgetOutOfRange('ratio', budget.ratio, 'above 1 and at most 10000');
    return { bytes: (4 * weights) / budget.ratio, accounting: budget.accounting ?? 'flash' };
  }
  if ('averageBits' in budget) {
    positive('average number of bits', budget.averageBits, 8);
    return { bytes: (budget.averageBits * weights) / 8, accounting: budget.accounting ?? 'flash' };
  }
  if (!(budget.bits >= 1 && budget.bits <= 8))
    throw coreErrors.budgetOutOfRange('number of bits', budget.bits, 'between 1 and 8');
  if (!(budget.sparsity >= 0 && budget.sparsity < 1))
    throw coreErrors.budgetOutOfRange('sparsity', budget.sparsity, 'at least 0 and below 1');
  return undefined;
}

/** Layers as one (sparsity, step) left them. */
export interface Compressed {
  readonly resolved: Resolved;
  readonly weights: readonly CompressedWeights[];
}

/** Compressions tried until the bytes meet a limit. */
const ATTEMPTS = 16;
/** Sizes that may be too large before more is taken off than they were too large by. */
const PATIENCE = 8;
/**
 * Sizes jump where a sparsity or a table changes, so correcting by what was missed may end a byte above the limit for ever:
 * from then on ever more is taken off.
 */
const extraMargin = (tooLarge: number): number =>
  tooLarge <= PATIENCE ? 0 : Math.min(0.5, 0.002 * 2 ** (tooLarge - PATIENCE));
/** A limit may be missed from below by this much. */
const SLACK = 0.99;

/**
 * The compression of least estimated error whose counted bytes keep to a limit: the size handed to the density model is
 * corrected by what the last attempt missed.
 * @param resolve the pair of least error for a size by the densities alone; undefined where no pair is so small
 * @throws OPQ0311 for a limit out of reach
 */
export function meetLimit(
  limit: SizeLimit,
  compressAt: (resolved: Resolved) => Compressed,
  resolve: (bytes: number) => Resolved | undefined,
): Compressed {
  let best: { readonly compressed: Compressed; readonly bytes: number } | undefined;
  let smallest = Infinity;
  let [below, above] = [0, Infinity];
  let asked = limit.bytes;
  let tooLarge = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const resolved = resolve(asked);
    if (resolved === undefined) below = Math.max(below, asked);
    else {
      const compressed = compressAt(resolved);
      const bytes = sizeOf(compressed.weights, limit.accounting);
      smallest = Math.min(smallest, bytes);
      if (bytes > limit.bytes) {
        above = Math.min(above, asked);
        tooLarge++;
        asked *= (limit.bytes / bytes) * (best === undefined ? 1 - extraMargin(tooLarge) : 1);
      } else {
        below = Math.max(below, asked);
        if (best === undefined || bytes > best.bytes) best = { compressed, bytes };
        if (bytes >= limit.bytes * SLACK) break;
        asked *= limit.bytes / bytes;
      }
    }
    if (!(asked > below && asked < above)) asked = above === Infinity ? 2 * below : (below + above) / 2;
    // Finer steps than int8 has do not exist: the budget is not used up, and that is all there is.
    if (asked > 2 ** 40) break;
  }
  if (best === undefined) throw coreErrors.limitUnreachable(limit.bytes, smallest, limit.accounting);
  return best.compressed;
}

export const sizeOf = (weights: readonly CompressedWeights[], accounting: Accounting): number =>
  accountedBytes(
    weights.map((w) => w.account),
    accounting,
  );
