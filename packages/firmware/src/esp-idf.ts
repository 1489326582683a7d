import { readFileSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { firmwareErrors, OpqError } from '@opq/errors';
import type { Artifact } from '@opq/backend';
import type { Target } from '@opq/targets';
import type { BuildRequest, BuiltFirmware } from './build';
import { replaceFolder } from './folder';
import { run } from './run';
import { fits, parseIdfSizes, sizeTable } from './sizes';
import { renderSources, templatesDirectory, type BuildFile, type FirmwareOptions } from './template';

/** Folder of firmware-templates/ whose projects ESP-IDF builds. */
export const ESP_IDF = 'esp-idf';

const PROJECT = ['CMakeLists.txt', 'sdkconfig.defaults', 'main/CMakeLists.txt'];
/** A first build compiles all of ESP-IDF. */
const SECONDS = 1800;

/** A complete ESP-IDF project: the firmware as `main`, the emission as component `opq_model`. */
export function espIdfProject(
  target: Target,
  artifacts: readonly Artifact[],
  options?: FirmwareOptions,
): readonly BuildFile[] {
  const name = (path: string): string => path.split('/').at(-1) ?? path;
  return [
    ...PROJECT.map((path) => ({
      path,
      bytes: new Uint8Array(readFileSync(join(templatesDirectory, ESP_IDF, 'project', path))),
    })),
    ...renderSources(target, options).map(({ path, bytes }) => ({ path: `main/${name(path)}`, bytes })),
    ...artifacts.map(({ path, bytes }) => ({ path: `components/opq_model/${path}`, bytes })),
  ];
}

/** Writes the project; the folder is replaced whole. @throws OPQ0706 */
export const writeEspIdfProject = ({
  target,
  artifacts,
  directory,
  ...options
}: BuildRequest): Promise<void> => replaceFolder(directory, espIdfProject(target, artifacts, options));

/** Whether `idf.py` answers. */
export async function hasEspIdf(signal?: AbortSignal): Promise<boolean> {
  try {
    return (await run('idf.py', ['--version'], { directory: '.', seconds: 60, signal })).code === 0;
  } catch (error) {
    if (error instanceof OpqError && error.code === 'OPQ0701') return false;
    throw error;
  }
}

/**
 * Writes the project and builds it with `idf.py`. `firmware.bin` is the application alone, for its partition; `idf.py flash` in the folder
 * writes bootloader and partitions as well.
 * @throws OPQ0702…OPQ0704, OPQ0706, OPQ0707; OPQ0708 where ESP-IDF is absent: the project stands in the folder then
 */
export async function buildWithEspIdf(request: BuildRequest): Promise<BuiltFirmware> {
  const { target, signal } = request;
  const directory = resolve(request.directory);
  await writeEspIdfProject(request);
  if (!(await hasEspIdf(signal))) throw firmwareErrors.noEspIdf(target.name, request.directory);
  const options = { directory, seconds: SECONDS, signal };
  for (const args of [['set-target', target.cpu], ['build']]) {
    const { code, output, problems } = await run('idf.py', args, options);
    if (code !== 0) throw firmwareErrors.compileFailed(`idf.py ${args.join(' ')}`, problems || output);
  }
  const [elf, bin] = [join(directory, 'firmware.elf'), join(directory, 'firmware.bin')];
  await copyFile(join(directory, 'build', 'opq_firmware.elf'), elf);
  await copyFile(join(directory, 'build', 'opq_firmware.bin'), bin);
  const size = await run(`${target.toolchain.prefix}size`, ['-A', '-d', elf], options);
  const sizes = parseIdfSizes(size.output, target.stack);
  if (!fits(target, sizes)) {
    await rm(elf, { force: true });
    throw firmwareErrors.doesNotFit(target.name, sizeTable(target, sizes));
  }
  return { elf, bin, flashFiles: flashFiles(join(directory, 'build')), sizes };
}

/** What ESP-IDF's build says of the files that belong into flash: offset → path within its folder. */
const flasherArguments = z.object({
  flash_files: z.record(
    z.string().regex(/^0x[0-9a-f]{1,8}$/i),
    z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/),
  ),
});

/** Bootloader, table of partitions and application, with their offsets. @throws OPQ0702 */
export function flashFiles(build: string): BuiltFirmware['flashFiles'] {
  const place = join(build, 'flasher_args.json');
  try {
    const { flash_files } = flasherArguments.parse(JSON.parse(readFileSync(place, 'utf8')));
    return Object.entries(flash_files)
      .map(([offset, path]) => ({ address: Number(offset), path: join(build, path) }))
      .sort((a, b) => a.address - b.address);
  } catch (error) {
    throw firmwareErrors.compileFailed('idf.py', `build/flasher_args.json cannot be used: ${String(error)}`);
  }
}
