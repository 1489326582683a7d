import { isAbsolute } from 'node:path';
import { backendErrors } from '@opq/errors';
import { LOADER_API, type DriveLoader, type Loader } from '@opq/flasher';
import { BACKEND_API, type Backend } from './contract';
import { KERNELS_API, type Encoding, type KernelFamily } from './kernels';

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

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** Version, name and functions of what emitted C is made of. */
function requirePart(
  kind: 'encoding' | 'kernel family',
  value: unknown,
  what: string,
  kinds: Readonly<Record<string, Kind>>,
): void {
  const members = membersOf(value);
  const name = typeof members['name'] === 'string' ? members['name'] : what;
  if (!('api' in members)) throw backendErrors.wrongMember(kind, what, 'api');
  if (members['api'] !== KERNELS_API)
    throw backendErrors.wrongApi(kind === 'encoding' ? 'Encoding' : 'Kernel family', name, members['api'], KERNELS_API);
  const wrong = wrongMember(members, { name: 'string', ...kinds });
  if (wrong !== undefined) throw backendErrors.wrongMember(kind, name, wrong);
  if (!NAME.test(name)) throw backendErrors.wrongMember(kind, name, 'name');
} // prettier-ignore

/** A value that claims to be an encoding, proven to have the contract's shape. @throws OPQ0602, OPQ0603 */
export function requireEncoding(value: unknown, what: string): Encoding {
  requirePart('encoding', value, what, { encode: 'function', decode: 'function', decoder: 'function' });
  const { survivorDecoder } = value as Encoding;
  if (survivorDecoder !== undefined && typeof survivorDecoder !== 'function')
    throw backendErrors.wrongMember('encoding', (value as Encoding).name, 'survivorDecoder');
  return value as Encoding;
}

/** A value that claims to be a family of kernels, proven to have the contract's shape. @throws OPQ0602, OPQ0603 */
export function requireKernelFamily(value: unknown, what: string): KernelFamily {
  requirePart('kernel family', value, what, { ways: 'function' });
  return value as KernelFamily;
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
