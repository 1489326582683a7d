/** Tarballs of all packages, as they are published (docs/adr/0002). */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { packErrors } from '@opq/errors';
import { run } from '@opq/firmware';
import { writeWhole } from '@opq/pipeline';
import { compile } from './compile';
import { workspacePackages, type WorkspacePackage } from './files';
import { compiledName, declarationName, publishedManifest } from './manifest';
import { withoutLinksOut } from './readme';

export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  /** Name of the tarball in the output folder. */
  readonly tarball: string;
  /** Paths inside the package, sorted. */
  readonly files: readonly string[];
  /** Size of the tarball in bytes. */
  readonly packedBytes: number;
  /** Sum of the sizes of the files in bytes. */
  readonly unpackedBytes: number;
}

export interface PackRequest {
  /** Folder of the repository. */
  readonly root: string;
  /** Folder for the tarballs; made where it is missing. */
  readonly output: string;
  /** Is told what is done now. */
  readonly say: (message: string) => void;
  readonly signal?: AbortSignal;
}

const SOURCE = /\.tsx?$/;
const SECONDS = 300;

/** What is used of what `npm pack --json` says. */
const packedSchema = z.object({
  name: z.string(),
  version: z.string(),
  filename: z.string(),
  size: z.number(),
  unpackedSize: z.number(),
  files: z.array(z.object({ path: z.string() })),
});

/** Lays a package out as it is published. */
function stage(
  { root }: PackRequest,
  { manifest, files }: WorkspacePackage,
  compiled: ReadonlyMap<string, string>,
  folder: string,
): void {
  const write = (path: string, text: string | undefined): void => {
    if (text === undefined) throw new Error(`nothing was compiled for ${path}`);
    writeFileSync(join(folder, path), text);
  };
  for (const [path, from] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (SOURCE.test(path)) {
      write(compiledName(path), compiled.get(compiledName(from)));
      write(declarationName(path), compiled.get(declarationName(from)));
    } else if (path.endsWith('.md')) {
      write(
        path,
        withoutLinksOut(readFileSync(join(root, from), 'utf8'), path, from, (one) => files.has(one)),
      );
    } else if (path !== 'package.json') copyFileSync(join(root, from), join(folder, path));
  }
  const top = [...new Set([...files.keys()].map((path) => path.replace(/\/.*/, '')))].sort();
  write('package.json', `${JSON.stringify(publishedManifest(manifest, top), null, 2)}\n`);
}

/** One tarball for each folder, by npm. @throws OPQ2202, OPQ0701, OPQ0703, OPQ0707 */
async function npmPack(
  staging: string,
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<readonly PackedPackage[]> {
  const args = ['pack', '--json', '--ignore-scripts', '--offline', ...folders.map((name) => `./${name}`)];
  const { code, output, problems } = await run('npm', args, { directory: staging, seconds: SECONDS, signal });
  if (code !== 0) throw packErrors.programFailed('npm pack', code, problems);
  return z
    .array(packedSchema)
    .parse(JSON.parse(output))
    .map(({ name, version, filename, size, unpackedSize, files }) => ({
      name,
      version,
      tarball: filename,
      files: files.map(({ path }) => path).sort(),
      packedBytes: size,
      unpackedBytes: unpackedSize,
    }));
}

/**
 * Packs every package of the workspace; the same sources give the same bytes.
 * @returns in the order of the packages' folders
 * @throws OPQ2201, OPQ2202 and what `run` throws, before anything is written; OPQ0910
 */
export async function pack(request: PackRequest): Promise<readonly PackedPackage[]> {
  const { root, output, say, signal } = request;
  const packages = await workspacePackages(root, signal);
  say('compiling');
  const sources = packages.flatMap(({ files }) => [...files.values()].filter((path) => SOURCE.test(path)));
  const compiled = compile(root, sources);
  const staging = mkdtempSync(join(tmpdir(), 'opq-pack-'));
  try {
    say('packing');
    const folders = packages.map((one) => {
      const folder = one.folder.replace(/^packages\//, '');
      stage(request, one, compiled, join(staging, folder));
      return folder;
    });
    const packed = await npmPack(staging, folders, signal);
    for (const { tarball } of packed) writeWhole(join(output, tarball), readFileSync(join(staging, tarball)));
    return packed;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
