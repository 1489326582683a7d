import { installPackagesTask, type Tree } from '@nx/devkit';
import { backendFiles } from './backend-files';
import { changeConfig, configIn } from './config-file';
import { addToWorkspaces, formattedAsBefore, workspaceHas, writeNew } from './files';
import { requireFolder, requireName, requirePackageName } from './names';

export interface BackendOptions {
  readonly name: string;
  readonly like?: string;
  readonly config?: string;
  readonly directory?: string;
  readonly packageName?: string;
  readonly skipInstall?: boolean;
}

/** What an opq.config.ts says after a change, formatted as before. @throws OPQ2103…OPQ2105 */
export async function editConfig(
  tree: Tree,
  named: string | undefined,
  change: (folder: string) => Parameters<typeof changeConfig>[1],
): Promise<void> {
  const file = await configIn(tree, named);
  const before = tree.read(file, 'utf8') ?? '';
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
  const after = await formattedAsBefore(tree, file, before, changeConfig(before, change(folder), file));
  if (after !== before) tree.write(file, after);
}

/** Links the new package, once all is written. */
export const installer = (tree: Tree, skip: boolean | undefined): (() => void) =>
  skip === true ? () => undefined : () => installPackagesTask(tree, true);

/**
 * A package with a backend, its board, firmware template and tests; names it in opq.config.ts. Run again, it changes nothing.
 * @throws OPQ0501, OPQ2101…OPQ2106 before anything is written
 */
export async function backend(tree: Tree, options: BackendOptions): Promise<() => void> {
  const name = requireName('backend', options.name);
  const packageName = requirePackageName(options.packageName ?? `opq-backend-${name}`);
  const folder = requireFolder(
    options.directory ?? `packages/${packageName.split('/').at(-1) ?? packageName}`,
  );
  await editConfig(tree, options.config, () => ({
    entry: { list: 'backends', module: packageName },
    board: { name, target: name },
  }));
  await writeNew(
    tree,
    backendFiles({
      name,
      packageName,
      folder,
      like: options.like ?? 'qemu-cortex-m4',
      jest: workspaceHas(tree, 'jest'),
      typescript: tree.exists('tsconfig.json'),
    }),
  );
  await addToWorkspaces(tree, folder);
  return installer(tree, options.skipInstall);
}
