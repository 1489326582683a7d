import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { createNodesFromFiles, type CreateNodesV2 } from '@nx/devkit';
import { CONFIG_FILE, loadConfig } from '@opq/pipeline';
import { targetsOf, type ToolInputs } from './targets';

const forward = (path: string): string => path.split(sep).join('/');

/** opq as an installed package is known to Nx by its version; as part of this workspace by its sources. */
function toolInputs(workspace: string): ToolInputs {
  const packageFolder = dirname(realpathSync(require.resolve('@opq/cli/package.json')));
  const inside = forward(relative(realpathSync(workspace), dirname(packageFolder)));
  if (inside.startsWith('..') || inside.includes('node_modules'))
    return [{ externalDependencies: ['@opq/cli'] }];
  const packages = `{workspaceRoot}/${inside}`;
  return [`${packages}/*/**/*`, `!${packages}/*/test/**/*`, `!${packages}/**/*.md`];
}

/** The same for the packages that a config names: those of the workspace by their files, others by their versions. */
function pluginInputs(config: string, packages: readonly string[], workspace: string): ToolInputs {
  const { resolve } = createRequire(config);
  return [...new Set(packages)].map((name) => {
    const folder = packageFolder(resolve(name));
    const inside = forward(relative(realpathSync(workspace), realpathSync(folder)));
    return inside.startsWith('..') || inside.includes('node_modules')
      ? { externalDependencies: [name] }
      : `{workspaceRoot}/${inside}/**/*`;
  });
}

/** The folder of the package that a file belongs to. */
function packageFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A project for every opq.config.ts: `nx run deploy:<board>`. */
export const createNodesV2: CreateNodesV2 = [
  `**/${CONFIG_FILE}`,
  (files, options, context) =>
    createNodesFromFiles(
      (file) => {
        const path = join(context.workspaceRoot, file);
        // The file may have changed since this process read it.
        Reflect.deleteProperty(require.cache, path);
        const config = loadConfig(path);
        const root = forward(dirname(file));
        const targets = targetsOf(config, root, [
          ...toolInputs(context.workspaceRoot),
          ...pluginInputs(path, config.packages, context.workspaceRoot),
        ]);
        return { projects: { [root]: { name: config.project, targets, tags: ['opq'] } } };
      },
      files,
      options,
      context,
    ),
];

/** The name Nx 21 and later ask for first. */
export const createNodes = createNodesV2;
