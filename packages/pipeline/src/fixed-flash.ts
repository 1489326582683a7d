import { placeholderInt8 } from '@opq/core';
import { backendFor, requireChecked, type Backend } from '@opq/backend';
import type { Model } from '@opq/ir';
import type { Target } from '@opq/targets';

/** The board that bytes are counted for, and the backends that know it. */
export interface Storage {
  readonly target: Target;
  readonly backends: readonly Backend[];
}

/**
 * Bytes that a model takes in flash besides weights and their tables: biases, scales, descriptions of layers. They do not
 * depend on how the weights are compressed, so any int8 form of the model tells them.
 * @throws OPQ0601 where the target refuses the model, OPQ0604
 */
export async function fixedFlash(model: Model, { target, backends }: Storage): Promise<number> {
  const backend = backendFor(target, backends);
  const { flash, perLayer } = await backend.emit(
    requireChecked(placeholderInt8(model), backend, target),
    target,
  );
  return flash - perLayer.reduce((n, layer) => n + layer.weightBytes, 0);
}
