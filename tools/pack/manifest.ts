/** The package.json of a package: as the workspace has it, and as it is published. */
import { z } from 'zod';

const exportSchema = z.union([z.string(), z.record(z.string(), z.string())]);

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.literal('Apache-2.0'),
  type: z.literal('commonjs'),
  // So that npm refuses to publish the folder, whose sources Node does not run; only tarballs are published.
  private: z.literal(true),
  exports: z.record(z.string(), exportSchema).and(z.object({ '.': exportSchema })),
  bin: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
type Export = z.infer<typeof exportSchema>;

/** @throws ZodError for a package.json that cannot be published */
export const parseManifest = (text: string): Manifest => manifestSchema.parse(JSON.parse(text));

const SOURCE = /\.tsx?$/;

/** A path of a source as its compiled file is called; any other path as it is. */
export const compiledName = (path: string): string => path.replace(SOURCE, '.js');
export const declarationName = (path: string): string => path.replace(SOURCE, '.d.ts');

/** A source becomes its declarations and its code, in the order in which Node and TypeScript ask. */
function publishedExport(entry: Export): Export {
  if (typeof entry === 'string')
    return SOURCE.test(entry) ? { types: declarationName(entry), default: compiledName(entry) } : entry;
  return Object.fromEntries(
    Object.entries(entry).map(([condition, path]) => [
      condition,
      condition === 'types' ? declarationName(path) : compiledName(path),
    ]),
  );
}

/** What others may import, with the paths of compiled files. */
export const publishedExports = ({ exports }: Manifest): Readonly<Record<string, Export>> =>
  Object.fromEntries(Object.entries(exports).map(([name, entry]) => [name, publishedExport(entry)]));

/** Members that only the workspace asks. */
const WORKSPACE_ONLY = new Set(['private', 'nx', 'devDependencies', 'scripts']);

/** Where declarations of entries are that are called otherwise, for resolvers that look for them by the entry's name. */
function typesByName(exports: Readonly<Record<string, Export>>): Readonly<Record<string, readonly string[]>> {
  const places = Object.entries(exports).flatMap(([entry, target]) => {
    const types = typeof target === 'object' ? target['types'] : undefined;
    const named = [`${entry}.d.ts`, `${entry}/index.d.ts`];
    return entry === '.' || types === undefined || named.includes(types)
      ? []
      : [[entry.slice(2), [types]] as const];
  });
  return Object.fromEntries(places);
}

/**
 * What is published in place of a package.json of the workspace: with the paths of compiled files.
 * @param top names of the files and folders at the top of the package
 */
export function publishedManifest(manifest: Manifest, top: readonly string[]): object {
  const published = publishedExports(manifest);
  const main = published['.'];
  const types = typesByName(published);
  return {
    ...Object.fromEntries(Object.entries(manifest).filter(([name]) => !WORKSPACE_ONLY.has(name))),
    // For resolvers that do not know `exports`.
    ...(typeof main === 'object' ? { main: main['default'], types: main['types'] } : { main }),
    exports: published,
    ...(Object.keys(types).length > 0 && { typesVersions: { '*': types } }),
    files: top.filter((name) => name !== 'package.json'),
  };
}
