/** Writes docs/results/install.md: what `npm install @opq/cli` puts on a disk. npm run results:install */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from '@opq/cli';
import { packErrors } from '@opq/errors';
import { run } from '@opq/firmware';
import { root } from '../docs/repository';
import { table } from '../pages/table';
import { filesIn } from '../pack/check';
import { parseManifest } from '../pack/manifest';
import { pack, type PackedPackage } from '../pack/pack';

const PAGE = 'docs/results/install.md';
const COMMAND = '@opq/cli';
/** Packages below this share a row. */
const SHOWN = 5e6;
const SECONDS = 600;

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** A package of the workspace with those of the workspace that it needs, all the way down. */
function closure(name: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(name)) return found;
  found.add(name);
  const place = join(root, 'packages', name.replace('@opq/', ''), 'package.json');
  const { dependencies = {} } = parseManifest(readFileSync(place, 'utf8'));
  for (const other of Object.keys(dependencies)) if (other.startsWith('@opq/')) closure(other, found);
  return found;
}

/** Bytes of the files of every package that was installed, by its name; those it has for itself are counted by their own names. */
function installedBytes(folder: string): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const path of filesIn(folder)) {
    const name = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (name === undefined || name.startsWith('.')) continue;
    bytes.set(name, (bytes.get(name) ?? 0) + statSync(join(folder, path)).size);
  }
  return bytes;
}

function page(packed: readonly PackedPackage[], installed: ReadonlyMap<string, number>): string {
  const own = [...installed].filter(([name]) => name.startsWith('@opq/'));
  const others = [...installed].filter(([name]) => !name.startsWith('@opq/')).sort(([, a], [, b]) => b - a);
  const large = others.filter(([, bytes]) => bytes >= SHOWN);
  const small = others.filter(([, bytes]) => bytes < SHOWN);
  const needed = closure(COMMAND);
  const tarballs = packed.filter(({ name }) => needed.has(name));
  return [
    '# Size of an installation',
    '',
    `Measured by \`npm run results:install\`: the packed packages installed by npm in an empty folder, on ${process.platform} ${process.arch}. MB are 10⁶ bytes`,
    'of the files; a disk rounds each up to its blocks.',
    '',
    table(
      ['package', 'MB'],
      [
        ...large.map(([name, bytes]) => [name, megabytes(bytes)]),
        [`${small.length} others, each below ${megabytes(SHOWN)}`, megabytes(sum(small.map(([, b]) => b)))],
        [`opq's own ${own.length}`, megabytes(sum(own.map(([, bytes]) => bytes)))],
        ['all', megabytes(sum(installed.values()))],
      ],
      ['MB'],
    ),
    '',
    `opq's own ${tarballs.length} tarballs are ${megabytes(sum(tarballs.map(({ packedBytes }) => packedBytes)))} MB to fetch. \`npm run pack\` lists each.`,
    '',
    '## What could be smaller, and is not',
    '',
    '- `onnxruntime-web` trains (`opq finetune`). It brings four builds of the runtime and maps of its sources; opq loads one build, `ort-wasm-simd-threaded.wasm`. npm',
    '  installs a package whole. As a dependency to be installed by hand it would be missing where `opq.config.ts` asks for training.',
    '- `@tensorflow/tfjs-tflite` judges networks with TensorFlow Lite’s own interpreter (`opq verify`); `@tensorflow/tfjs-core` is its peer, which npm installs and',
    '  opq never loads.',
    '- Optional dependencies do not help: `npm install --omit=optional` leaves out the compiled part of `@swc/core` too, and then nothing starts.',
    '',
  ].join('\n');
}

async function measure(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'opq-size-'));
  const say = (message: string): void => void process.stderr.write(`${message}\n`);
  try {
    const tarballs = join(folder, 'tarballs');
    const project = join(folder, 'project');
    const packed = await pack({ root, output: tarballs, say });
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
    say('installing');
    const wanted = packed.filter(({ name }) => closure(COMMAND).has(name));
    const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...wanted.map(({ tarball }) => join(tarballs, tarball))]; // prettier-ignore
    const { code, problems } = await run('npm', args, { directory: project, seconds: SECONDS });
    if (code !== 0) throw packErrors.programFailed('npm install', code, problems);
    return page(packed, installedBytes(project));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

measure()
  .then((text) => {
    writeFileSync(join(root, PAGE), text);
    process.stderr.write(`wrote ${PAGE}\n`);
  })
  .catch((error: unknown) => (process.exitCode = report(error, false)));
