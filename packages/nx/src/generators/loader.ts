import type { Tree } from '@nx/devkit';
import { editConfig, installer, type BackendOptions } from './backend';
import { addToWorkspaces, workspaceHas, writeNew } from './files';
import { loaderFiles } from './loader-files';
import { requireFolder, requireName, requirePackageName } from './names';

export type LoaderOptions = Omit<BackendOptions, 'like'>;

/**
 * A package with a loader over the serial line and its test against a simulated board; names it in opq.config.ts. Run again, it changes
 * nothing.
 * @throws OPQ2101…OPQ2106 before anything is written
 */
export async function loader(tree: Tree, options: LoaderOptions): Promise<() => void> {
  const name = requireName('loader', options.name);
  const packageName = requirePackageName(options.packageName ?? `opq-loader-${name}`);
  const folder = requireFolder(
    options.directory ?? `packages/${packageName.split('/').at(-1) ?? packageName}`,
  );
  await editConfig(tree, options.config, () => ({ entry: { list: 'loaders', module: packageName } }));
  const jest = workspaceHas(tree, 'jest');
  await writeNew(
    tree,
    loaderFiles({ name, packageName, folder, jest, typescript: tree.exists('tsconfig.json') }),
  );
  await addToWorkspaces(tree, folder);
  return installer(tree, options.skipInstall);
}
