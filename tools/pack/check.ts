/** What must be so of a package before anybody installs it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import * as ts from 'typescript';
import { z } from 'zod';
import { parsePage } from '../docs/markdown';
import { leadsOut } from './readme';

const strings = z.record(z.string(), z.string()).default({});
const manifestSchema = z.looseObject({
  name: z.string(),
  private: z.boolean().optional(),
  license: z.string().optional(),
  main: z.string().optional(),
  types: z.string().optional(),
  exports: z.record(z.string(), z.union([z.string(), strings])).default({}),
  bin: strings,
  dependencies: strings,
  peerDependencies: strings,
});
type Manifest = z.infer<typeof manifestSchema>;

const CODE = /\.([cm]?js|d\.ts)$/;
const UNCOMPILED = /(?<!\.d)\.tsx?$/;
const DEVELOPMENT = /(^|\/)(test|tests|golden|fixtures?|node_modules)\/|\.test\.[^/]*$/;

/** Paths of a folder's files, relative to it, with forward slashes, sorted. */
export function filesIn(folder: string, below = ''): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(below, entry.name);
      return entry.isDirectory() ? filesIn(folder, path) : [path];
    })
    .sort((a, b) => (a < b ? -1 : 1));
}

/** What a file asks for when it is loaded, or when its types are read. */
const importsOf = (text: string): readonly string[] => [
  ...ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName),
  ...[...text.matchAll(/\brequire\.resolve\('([^']+)'\)/g)].map((match) => match[1] ?? ''),
];

/** The files that an import of a neighbour may mean. */
const candidates = (path: string): readonly string[] =>
  ['', '.js', '.d.ts', '.json', '/index.js', '/index.d.ts'].map((ending) => path + ending);

function importProblem(
  { name, dependencies, peerDependencies }: Manifest,
  files: ReadonlySet<string>,
  from: string,
  wanted: string,
): string | undefined {
  if (isBuiltin(wanted)) return undefined;
  if (wanted.startsWith('.')) {
    const place = posix.join(posix.dirname(from), wanted);
    return candidates(place).some((path) => files.has(path))
      ? undefined
      : `${from} imports ${wanted}, which is not packed`;
  }
  const [first = '', second = ''] = wanted.split('/');
  const asked = first.startsWith('@') ? `${first}/${second}` : first;
  return asked === name || asked in dependencies || asked in peerDependencies
    ? undefined
    : `${from} imports ${wanted}, which is no dependency`;
}

/** Paths that package.json promises, with the member that names them. */
function promised({ main, types, exports, bin }: Manifest): readonly (readonly [string, string])[] {
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['main', main],
    ['types', types],
    ...Object.entries(bin).map(([name, path]) => [`bin ${name}`, path] as const),
    ...Object.entries(exports).flatMap(([name, entry]) =>
      Object.values(typeof entry === 'string' ? { default: entry } : entry).map(
        (path) => [`exports ${name}`, path] as const,
      ),
    ),
  ];
  return entries.flatMap(([member, path]) => (path === undefined ? [] : [[member, path] as const]));
}

/**
 * What is wrong with a package as it lies in a folder, a sentence for each; nothing where it can be published.
 * @param machine texts that only this machine knows, such as the folder of the repository
 */
export function packageProblems(folder: string, machine: readonly string[]): readonly string[] {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const files = filesIn(folder);
  const known = new Set(files);
  const texts = files.map((path) => [path, readFileSync(join(folder, path), 'utf8')] as const);
  return [
    ...(manifest.private === undefined ? [] : ['package.json is private']),
    ...(manifest.license === 'Apache-2.0' ? [] : ['package.json does not name the licence Apache-2.0']),
    ...['LICENSE', 'README.md'].filter((path) => !known.has(path)).map((path) => `${path} is missing`),
    ...files.filter((path) => UNCOMPILED.test(path)).map((path) => `${path} is not compiled`),
    ...files.filter((path) => DEVELOPMENT.test(path)).map((path) => `${path} is for work on the package`),
    ...promised(manifest)
      .filter(([, path]) => !existsSync(join(folder, path)))
      .map(([member, path]) => `${member} names ${path}, which is not packed`),
    ...texts
      .filter(([path]) => CODE.test(path))
      .flatMap(([path, text]) =>
        importsOf(text).flatMap((wanted) => importProblem(manifest, known, path, wanted) ?? []),
      ),
    ...texts
      .filter(([path]) => path.endsWith('.md'))
      .flatMap(([path, text]) =>
        parsePage(path, text)
          .links.filter(({ href }) => leadsOut(path, href, (one) => known.has(one)))
          .map(({ href }) => `${path} links to ${href}, which is not packed`),
      ),
    ...texts.flatMap(([path, text]) =>
      machine.filter((place) => text.includes(place)).map(() => `${path} holds a path of this machine`),
    ),
  ];
}
