import { backendErrors } from '@opq/errors';
import { checkCompressedModel, deepFreeze, type CompressedModel } from '@opq/ir';
import type { EmitTarget } from '@opq/targets';
import type { Backend, CheckedModel, Refusal } from './contract';
import { requireBackend } from './shape';

/** A model fit for a target, or why not: what is wrong with its structure, or else every refusal, in the order of its layers. */
export type CheckResult =
  | { readonly ok: true; readonly model: CheckedModel }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/** The backend that serves a target. @throws OPQ0604 */
export function backendFor(target: EmitTarget, backends: readonly Backend[]): Backend {
  const found = backends.find((backend) => backend.targets.some(({ name }) => name === target.name));
  if (found === undefined)
    throw backendErrors.noBackend(
      target.name,
      backends.map(({ name }) => name),
    );
  return found;
}

/**
 * Asks the backend about every layer and gives all refusals at once, before any work. Only this function makes a CheckedModel.
 */
export function check(model: CompressedModel, backend: Backend, target: EmitTarget): CheckResult {
  requireBackend(backend, backend.name);
  const structure = checkCompressedModel(model).map(
    (reason): Refusal => ({
      code: 'OPQ0610',
      layer: model.model.name,
      reason,
      hint: 'Only full-int8 models reach a device: compress or quantise the model first.',
    }),
  );
  if (structure.length > 0) return { ok: false, refusals: structure };
  const refusals = model.model.layers
    .map((layer) => backend.supports(layer, model, target))
    .filter((answer) => answer !== true);
  if (refusals.length > 0) return { ok: false, refusals };
  return { ok: true, model: deepFreeze(model) as CheckedModel };
}

/** As `check`. @throws OPQ0601 with every refusal */
export function requireChecked(model: CompressedModel, backend: Backend, target: EmitTarget): CheckedModel {
  const result = check(model, backend, target);
  if (!result.ok) throw backendErrors.refused(model.model.name, target.name, result.refusals);
  return result.model;
}
