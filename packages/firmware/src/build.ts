import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { firmwareErrors, OpqError } from '@opq/errors';
import type { Artifact } from '@opq/backend';
import type { Target } from '@opq/targets';
import { run } from './run';
import { fits, parseSizes, sizeTable, type ImageSizes } from './sizes';
import { renderTemplate } from './template';

export interface BuildRequest {
  readonly target: Target;
  /** What the backend emitted. */
  readonly artifacts: readonly Artifact[];
  /** Where the build is to stand; replaced whole when the build succeeds, left alone when it does not. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltFirmware {
  readonly elf: string;
  readonly bin: string;
  readonly sizes: ImageSizes;
}

/** Every warning is an error in what opq emits and ships. */
const WARNINGS = [
  '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Wcast-qual', '-Wcast-align', '-Wstrict-prototypes',
  '-Wmissing-prototypes', '-Wundef', '-Wvla', '-Werror',
]; // prettier-ignore
const CODE = [
  '-std=c99',
  '-O2',
  '-ffreestanding',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-common',
  '-fno-tree-loop-distribute-patterns',
];
const LINK = [
  '-nostdlib',
  '-nostartfiles',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,--fatal-warnings',
  '-Ttemplate/link.ld',
];
const SECONDS = 120;

/** The compiler of a target, and that it answers. @throws OPQ0701 */
export async function findToolchain(
  target: Target,
  signal?: AbortSignal,
): Promise<{ readonly compiler: string; readonly version: string }> {
  const compiler = `${target.toolchain.prefix}gcc`;
  const { output } = await run(compiler, ['-dumpversion'], { directory: '.', seconds: 30, signal });
  return { compiler, version: output.trim() };
}

/**
 * Template + artifacts + toolchain → image. Files are compiled under paths relative to the build folder, so that the image is
 * the same wherever it is built.
 * @throws OPQ0701…OPQ0707
 */
export async function buildFirmware({
  target,
  artifacts,
  directory,
  signal,
}: BuildRequest): Promise<BuiltFirmware> {
  await findToolchain(target, signal);
  const template = renderTemplate(target);
  const files = [...template, ...artifacts.map(({ path, bytes }) => ({ path: `model/${path}`, bytes }))];
  const place = resolve(directory);
  const work = await workFolder(place);
  try {
    for (const { path, bytes } of files) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), bytes);
    }
    const sources = files.map(({ path }) => path).filter((path) => path.endsWith('.c'));
    const include = ['-Itemplate', '-Imodel', '-Imodel/kernels'];
    const { prefix, flags } = target.toolchain;
    const compile = await run(
      `${prefix}gcc`,
      [...flags, ...CODE, ...WARNINGS, ...include, ...sources, ...LINK, '-lgcc', '-o', 'firmware.elf'],
      { directory: work, seconds: SECONDS, signal },
    );
    if (compile.code !== 0) throw linkFailure(target, `${prefix}gcc`, compile.problems);
    const binary = await run(`${prefix}objcopy`, ['-O', 'binary', 'firmware.elf', 'firmware.bin'], {
      directory: work,
      seconds: SECONDS,
      signal,
    });
    if (binary.code !== 0) throw firmwareErrors.compileFailed(`${prefix}objcopy`, binary.problems);
    const size = await run(`${prefix}size`, ['-A', '-d', 'firmware.elf'], {
      directory: work,
      seconds: SECONDS,
      signal,
    });
    const sizes = parseSizes(size.output, target.stack);
    if (!fits(target, sizes)) throw firmwareErrors.doesNotFit(target.name, sizeTable(target, sizes));
    await rm(place, { recursive: true, force: true });
    await rename(work, place);
    return { elf: join(place, 'firmware.elf'), bin: join(place, 'firmware.bin'), sizes };
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    if (error instanceof OpqError || !(error instanceof Error)) throw error;
    throw firmwareErrors.cannotWrite(directory, error.message);
  }
}

/** A fresh folder beside the place, on the same disk, so that the last step is one rename. */
async function workFolder(place: string): Promise<string> {
  try {
    await mkdir(dirname(place), { recursive: true });
    return await mkdtemp(`${place}.building-`);
  } catch (error) {
    throw firmwareErrors.cannotWrite(place, error instanceof Error ? error.message : String(error));
  }
}

/** The linker says "overflowed by n bytes"; people want to know of how many. */
function linkFailure(target: Target, program: string, problems: string): OpqError {
  const over = (region: string): number =>
    Number(new RegExp(`region \`${region}' overflowed by (\\d+) bytes`).exec(problems)?.[1] ?? 0);
  const stackClash = problems.includes('data and stack do not fit into RAM');
  if (over('FLASH') === 0 && over('RAM') === 0 && !stackClash)
    return firmwareErrors.compileFailed(program, problems);
  const flash = (target.flash[0]?.length ?? 0) + over('FLASH');
  const ram = (target.ram[0]?.length ?? 0) + Math.max(over('RAM') + target.stack, stackClash ? 1 : 0);
  const need = { flash: over('FLASH') > 0 ? flash : 0, ram: over('RAM') > 0 || stackClash ? ram : 0 };
  return firmwareErrors.doesNotFit(target.name, sizeTable(target, need));
}
