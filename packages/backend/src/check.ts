import { isAbsolute } from 'node:path';
import { backendErrors } from '@opq/errors';
import { LOADER_API, type DriveLoader, type Loader } from '@opq/flasher';
import { checkCompressedModel, deepFreeze, type CompressedModel } from '@opq/ir';
import type { EmitTarget } from '@opq/targets';
import { BACKEND_API, type Backend, type CheckedModel, type Refusal } from './contract';

/** A model fit for a target, or why not: what is wrong with its structure, or else every refusal, in the order of its layers. */
export type CheckResult =
  | { readonly ok: true; readonly model: CheckedModel }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

type Kind = 'string' | 'function' | 'object';
type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** The first member that is missing or of the wrong kind. */
const wrongMember = (members: Members, kinds: Readonly<Record<string, Kind>>): string | undefined =>
  Object.entries(kinds).find(([member, kind]) => typeof members[member] !== kind)?.[0];

const LOADER_MEMBERS = { name: 'string', line: 'object', flash: 'function' } as const;
const DRIVE_LOADER_MEMBERS = { name: 'string', drive: 'string', flash: 'function' } as const;
const EMULATOR_MEMBERS = { name: 'string', boot: 'function' } as const;

/** A value that claims to be a loader, proven to have the contract's shape. @throws OPQ0602, OPQ0603 */
export function requireLoader(value: unknown, what: string): Loader | DriveLoader {
  const members = membersOf(value);
  const name = typeof members['name'] === 'string' ? members['name'] : what;
  if (!('api' in members)) throw backendErrors.wrongMember('loader', what, 'api');
  if (members['api'] !== LOADER_API) throw backendErrors.wrongApi('Loader', name, members['api'], LOADER_API);
  const wrong = wrongMember(members, 'drive' in members ? DRIVE_LOADER_MEMBERS : LOADER_MEMBERS);
  if (wrong !== undefined) throw backendErrors.wrongMember('loader', name, wrong);
  return value as Loader | DriveLoader;
}

/** Members that a backend may leave out; those of a list are looked at one by one. */
function requireOptional(name: string, members: Members): void {
  const list = (member: string): readonly unknown[] => {
    const value = members[member] ?? [];
    if (!Array.isArray(value)) throw backendErrors.wrongMember('backend', name, member);
    return value;
  };
  if (members['serves'] !== undefined && typeof members['serves'] !== 'function')
    throw backendErrors.wrongMember('backend', name, 'serves');
  list('templates').forEach((folder, i) => {
    if (typeof folder !== 'string' || !isAbsolute(folder))
      throw backendErrors.wrongMember('backend', name, `templates[${i}]`);
  });
  list('loaders').forEach((loader, i) => requireLoader(loader, `loaders[${i}] of ${name}`));
  list('emulators').forEach((emulator, i) => {
    const wrong = wrongMember(membersOf(emulator), EMULATOR_MEMBERS);
    if (wrong !== undefined) throw backendErrors.wrongMember('backend', name, `emulators[${i}].${wrong}`);
  });
}

/** A value that claims to be a backend, proven to have the contract's shape. @throws OPQ0602, OPQ0603 */
export function requireBackend(value: unknown, what: string): Backend {
  const members = membersOf(value);
  const name = typeof members['name'] === 'string' ? members['name'] : what;
  if (!('api' in members)) throw backendErrors.wrongMember('backend', what, 'api');
  if (members['api'] !== BACKEND_API)
    throw backendErrors.wrongApi('Backend', name, members['api'], BACKEND_API);
  const wrong = wrongMember(members, { name: 'string', supports: 'function', emit: 'function' });
  if (wrong !== undefined) throw backendErrors.wrongMember('backend', name, wrong);
  if (!Array.isArray(members['targets'])) throw backendErrors.wrongMember('backend', name, 'targets');
  requireOptional(name, members);
  return value as Backend;
}

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
