import { compressWeights, placeholderInt8, type CompressOptions } from '@opq/core';
import { backendFor, requireChecked, type Backend } from '@opq/backend';
import type { CompressedModel, Model } from '@opq/ir';
import type { EmitTarget } from '@opq/targets';

/** The board, or the runtime, that bytes are counted for, and the backends that know it. */
export interface Storage {
  /** Whose tables and code the bytes are counted with. */
  readonly target: EmitTarget;
  /** The first that knows the target counts. */
  readonly backends: readonly Backend[];
}

/**
 * Bytes that an int8 model takes in flash besides weights and their tables: biases, factors, descriptions of layers; with what
 * a backend's own encoding of the weights takes more, or less, than was counted for them.
 * @param counted bytes that weights and their tables were counted with
 * @throws OPQ0601 where the target refuses the model, OPQ0604
 */
export async function bytesBesidesWeights(
  model: CompressedModel,
  { target, backends }: Storage,
  counted: number,
): Promise<number> {
  const backend = backendFor(target, backends);
  const { flash } = await backend.emit(requireChecked(model, backend, target), target);
  return flash - counted;
}

/** How many factors are distinct depends on the gains, which every budget shares. */
const ANY_BUDGET = { sparsity: 0, bits: 4 } as const;

/**
 * The same before anything is compressed or calibrated: a close estimate.
 * @param model float32, prepared
 */
export async function estimateFixedFlash(
  model: Model,
  options: Omit<CompressOptions, 'budget'>,
  storage: Storage,
): Promise<number> {
  const some = compressWeights(model, { ...options, layers: {}, macs: undefined, budget: ANY_BUDGET });
  return bytesBesidesWeights(placeholderInt8(model, some), storage, some.totals.bytes.flash);
}
