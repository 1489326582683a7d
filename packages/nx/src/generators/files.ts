import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Tree } from '@nx/devkit';
import { generatorErrors } from '@opq/errors';
import { z } from 'zod';

/** Files by their paths in the workspace. */
export type Files = Readonly<Record<string, string>>;

interface Prettier {
  format(text: string, options: object): Promise<string>;
  check(text: string, options: object): Promise<boolean>;
  resolveConfig(file: string): Promise<object | null>;
}

/** The workspace's own prettier; undefined where it has none. */
function prettierOf(tree: Tree): Prettier | undefined {
  try {
    return createRequire(join(tree.root, 'package.json'))('prettier') as Prettier;
  } catch {
    return undefined;
  }
}

/** For workspaces without a tsconfig.json of their own. */
export const TSCONFIG = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', strict: true, noEmit: true, types: ['node'], skipLibCheck: true,
    },
    include: ['src'],
  },
  null,
  2,
)}\n`; // prettier-ignore

/** A text as the workspace formats it; C and what has no formatter stays. */
async function formatted(tree: Tree, path: string, text: string): Promise<string> {
  const prettier = /\.(ts|json|md)$/.test(path) ? prettierOf(tree) : undefined;
  if (prettier === undefined) return text;
  const filepath = join(tree.root, path);
  return prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath });
}

/** The same where the text was formatted so before it was changed; a file that somebody formats otherwise stays as it is. */
export async function formattedAsBefore(
  tree: Tree,
  path: string,
  before: string,
  after: string,
): Promise<string> {
  const prettier = prettierOf(tree);
  if (prettier === undefined || before === after) return after;
  const filepath = join(tree.root, path);
  const options = { ...(await prettier.resolveConfig(filepath)), filepath };
  return (await prettier.check(before, options)) ? prettier.format(after, options) : after;
}

/** Writes files that are new; those that stand there with the same text are left alone. @throws OPQ2102 before anything is written */
export async function writeNew(tree: Tree, files: Files): Promise<void> {
  const texts = await Promise.all(
    Object.entries(files).map(async ([path, text]) => [path, await formatted(tree, path, text)] as const),
  );
  const other = texts.find(([path, text]) => tree.exists(path) && tree.read(path, 'utf8') !== text);
  if (other !== undefined) throw generatorErrors.wouldOverwrite(other[0]);
  for (const [path, text] of texts) if (!tree.exists(path)) tree.write(path, text);
}

/** What is looked at of the workspace's package.json. */
const packageSchema = z.looseObject({
  workspaces: z.array(z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

const readPackage = (tree: Tree): z.infer<typeof packageSchema> =>
  packageSchema.parse(JSON.parse(tree.read('package.json', 'utf8') ?? '{}'));

export const workspaceHas = (tree: Tree, dependency: string): boolean => {
  const { dependencies, devDependencies } = readPackage(tree);
  return dependency in { ...dependencies, ...devDependencies };
};

/** Sees that the workspace links a folder's package: adds it to `workspaces` where no pattern there covers it. */
export async function addToWorkspaces(tree: Tree, folder: string): Promise<void> {
  const manifest = readPackage(tree);
  const { workspaces = [] } = manifest;
  const parent = folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
  if (workspaces.some((pattern) => pattern.replace(/^\.\//, '') === folder || pattern === `${parent}/*`))
    return;
  const text = `${JSON.stringify({ ...manifest, workspaces: [...workspaces, folder] }, null, 2)}\n`;
  tree.write('package.json', await formatted(tree, 'package.json', text));
}
