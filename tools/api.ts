/**
 * Writes docs/api, the public interface of every package: npm run api. With --check, writes nothing and fails when a page is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesEnding, root } from './docs/repository';
import { apiPage, typedEntries } from './pack/api';
import { compile } from './pack/compile';
import { workspacePackages } from './pack/files';
import { publishedExports } from './pack/manifest';

const FOLDER = 'docs/api';

/** Every page by its path. */
async function pages(): Promise<ReadonlyMap<string, string>> {
  const packages = await workspacePackages(root);
  const sources = packages.flatMap(({ files }) => [...files.values()].filter((path) => /\.tsx?$/.test(path)));
  const compiled = compile(root, sources);
  return new Map(
    packages.flatMap(({ manifest, folder }) => {
      const entries = typedEntries(manifest.name, publishedExports(manifest));
      if (Object.keys(entries).length === 0) return [];
      const own = [...compiled].filter(([path]) => path.startsWith(`${folder}/`));
      const declarations = new Map(own.map(([path, text]) => [path.slice(folder.length + 1), text]));
      const page = apiPage(manifest.name, entries, declarations);
      return [[`${FOLDER}/${folder.replace('packages/', '')}.md`, page] as const];
    }),
  );
}

const check = process.argv.includes('--check');

void pages().then((texts) => {
  mkdirSync(join(root, FOLDER), { recursive: true });
  const there = filesEnding('.md', FOLDER).filter((path) => !path.endsWith('/README.md'));
  const left = there.filter((path) => !texts.has(path));
  const stale = [...texts].filter(
    ([path, text]) => !there.includes(path) || readFileSync(join(root, path), 'utf8') !== text,
  );
  for (const [path, text] of stale) if (!check) writeFileSync(join(root, path), text);
  for (const [path] of stale) process.stderr.write(`${check ? 'stale' : 'wrote'}: ${path}\n`);
  for (const path of left) process.stderr.write(`no package has this page: ${path}\n`);
  if (left.length > 0 || (check && stale.length > 0)) process.exitCode = 1;
});
