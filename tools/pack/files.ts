/** Which files of the repository a package is made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packErrors } from '@opq/errors';
import { run } from '@opq/firmware';
import { parseManifest, type Manifest } from './manifest';

export interface WorkspacePackage {
  readonly manifest: Manifest;
  /** Relative to the root, with forward slashes. */
  readonly folder: string;
  /** Files by their paths inside the package, sorted; each with its path relative to the root. */
  readonly files: ReadonlyMap<string, string>;
}

/** What only work on a package needs: its tests with all they compare to, and what made a source that is kept. */
const DEVELOPMENT = /^(test|schema)\//;

/** Folders outside the package's own that it carries, by their names inside. */
const CARRIED: Readonly<Record<string, readonly string[]>> = {
  '@opq/firmware': ['firmware-templates'],
};

/** Files that Git keeps or would keep, relative to the root: nothing that was built or left behind. @throws OPQ2202 */
async function repositoryFiles(root: string, signal?: AbortSignal): Promise<readonly string[]> {
  const list = async (...which: readonly string[]): Promise<readonly string[]> => {
    const args = ['ls-files', '-z', ...which, '--', 'packages', 'firmware-templates'];
    const { code, output, problems } = await run('git', args, { directory: root, seconds: 60, signal });
    if (code !== 0) throw packErrors.programFailed('git', code, problems);
    return output.split('\0').filter((path) => path !== '');
  };
  const gone = new Set(await list('--deleted'));
  const kept = await list('--cached', '--others', '--exclude-standard');
  return [...new Set(kept)].filter((path) => !gone.has(path)).sort();
}

/** Every package of the workspace that is published, sorted by folder. @throws OPQ2202 */
export async function workspacePackages(
  root: string,
  signal?: AbortSignal,
): Promise<readonly WorkspacePackage[]> {
  const all = await repositoryFiles(root, signal);
  const folders = all.flatMap((path) => /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
  return folders.map((folder): WorkspacePackage => {
    const manifest = parseManifest(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const own = all
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => [path.slice(folder.length + 1), path] as const)
      .filter(([path]) => !DEVELOPMENT.test(path));
    const carried = (CARRIED[manifest.name] ?? []).flatMap((top) =>
      all.filter((path) => path.startsWith(`${top}/`)).map((path) => [path, path] as const),
    );
    return { manifest, folder, files: new Map([...own, ...carried, ['LICENSE', 'LICENSE']]) };
  });
}
