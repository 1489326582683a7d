import type { Artifact, CFunction, EmitOptions, SourceFunction } from '@opq/backend';
import { backendErrors } from '@opq/errors';
import { includesOf, kernelFiles } from '@opq/kernels';
import { OWN_ENCODINGS } from './encodings';
import { FAMILIES, plain } from './families';

const SYMBOL = /^(?!opq_)[a-z][a-z0-9_]*$/;
const FILE = /^(?!opq_)[a-z][a-z0-9_]*\.[ch]$/;

/** Files that packages bring, by name. @throws OPQ0631 */
function broughtFiles(functions: readonly SourceFunction[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { name, files: own } of functions) {
    if (!SYMBOL.test(name)) throw backendErrors.badSource(name, 'it is not a name that a function may have');
    for (const { path, text } of own) {
      if (!FILE.test(path)) throw backendErrors.badSource(name, `${JSON.stringify(path)} is not a name that a file may have`);
      const before = files.get(path);
      if (before !== undefined && before !== text) throw backendErrors.badSource(name, `there is another ${path}`);
      files.set(path, text);
    }
  }
  return files;
} // prettier-ignore

/**
 * The files of all functions that are used, sorted by path, and which headers of packages are to be included.
 * @throws OPQ0631
 */
export function sourcesOf(used: readonly CFunction[]): {
  readonly headers: readonly string[];
  readonly files: readonly Artifact[];
} {
  const own = used.filter((of) => typeof of === 'string');
  const brought = broughtFiles(used.filter((of) => typeof of !== 'string'));
  const kernels = kernelFiles([...new Set(own)].sort(), [...brought.values()].flatMap(includesOf));
  const others = [...brought].map(([path, text]) => ({
    path: `kernels/${path}`,
    bytes: new TextEncoder().encode(text),
  }));
  return {
    headers: [...brought.keys()].filter((path) => path.endsWith('.h')).sort(),
    files: [...kernels, ...others].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** @throws OPQ0609 where a name is taken, OPQ0632 where something is preferred that is not there */
export function requireKnown({ kernelFamilies = [], encodings = [], prefer = {} }: EmitOptions): void {
  const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);
  const families = names([plain, ...FAMILIES, ...kernelFamilies]);
  const known = names([...OWN_ENCODINGS, ...encodings]);
  const twice = (list: readonly string[]): string | undefined => list.find((name, i) => list.indexOf(name) !== i);
  const [family, encoding] = [twice(families), twice(known)];
  if (family !== undefined) throw backendErrors.nameTaken('kernel family', family, 'this opq');
  if (encoding !== undefined) throw backendErrors.nameTaken('encoding', encoding, 'this opq');
  if (prefer.kernelFamily !== undefined && !families.includes(prefer.kernelFamily))
    throw backendErrors.unknownPart('kernel family', prefer.kernelFamily, families);
  if (prefer.encoding !== undefined && !known.includes(prefer.encoding))
    throw backendErrors.unknownPart('encoding', prefer.encoding, known);
} // prettier-ignore
