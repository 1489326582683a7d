import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { firmwareErrors } from '@opq/errors';
import type { Target } from '@opq/targets';
import { asBuilt, benchmarkLines, type BenchmarkFirmware } from './benchmark';

/** A file of the build, by its path inside the build folder. */
export interface BuildFile {
  /** Relative to the build folder, with forward slashes. */
  readonly path: string;
  /** The whole content. */
  readonly bytes: Uint8Array;
}

/** Beside the package's sources where it is installed, at the root of opq's own repository. */
export const templatesDirectory =
  [join(__dirname, '../firmware-templates')].find(existsSync) ??
  resolve(__dirname, '../../../firmware-templates');

const hexadecimal = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(8, '0')}`;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What is asked of a firmware, whatever the board. */
export interface FirmwareOptions {
  /** The self-test at each start, before anything else is said. */
  readonly selfTestAtBoot?: boolean | undefined;
  /** Answers as a benchmark of MLPerf Tiny; without it, as a network whose input is sent as int8. */
  readonly benchmark?: BenchmarkFirmware | undefined;
  /** Folders with templates that come from elsewhere; looked into before opq's own. */
  readonly templates?: readonly string[] | undefined;
}

/** The C constants that drivers and protocol need from a target. @throws OPQ0709 */
export function boardHeader(described: Target, options: FirmwareOptions = {}): string {
  const target = asBuilt(described, options);
  const { uart, timer, features } = target;
  const { selfTestAtBoot = false, benchmark } = options;
  const clock = uart.clockEnable;
  const lines = [
    `#define OPQ_TARGET_NAME "${target.name}"`,
    `#define OPQ_HAS_COPROCESSOR ${features.some((f) => f.startsWith('fpu') || f === 'mve') ? 1 : 0}`,
    `#define OPQ_UART_BASE ${hexadecimal(uart.base)}u`,
    `#define OPQ_UART_BAUD ${uart.baudRate}u`,
    `#define OPQ_UART_INTERRUPT ${uart.interrupt ?? 0}u`,
    ...(clock === undefined
      ? []
      : [
          `#define OPQ_UART_CLOCK_REGISTER ${hexadecimal(clock.register)}u`,
          `#define OPQ_UART_CLOCK_BIT ${clock.bit}u`,
        ]),
    ...(timer.base === undefined ? [] : [`#define OPQ_TIMER_BASE ${hexadecimal(timer.base)}u`]),
    `#define OPQ_TIMER_HZ ${timer.frequency}u`,
    ...(selfTestAtBoot ? ['#define OPQ_SELF_TEST_AT_BOOT 1'] : []),
    ...(benchmark === undefined ? [] : benchmarkLines(benchmark)),
    // Under an operating system each look takes about a microsecond, and the stack is a task's.
    ...(target.template === 'esp-idf'
      ? ['#define OPQ_PATIENCE 2000000u', `#define OPQ_STACK_BYTES ${target.stack}u`]
      : []),
  ];
  return `/* Made by opq from the description of ${target.name}. */\n#ifndef OPQ_BOARD_H\n#define OPQ_BOARD_H\n\n${lines.join('\n')}\n\n#endif\n`;
}

function linkerScript(template: string, { flash, ram, stack }: Target): string {
  const values: Readonly<Record<string, string>> = {
    FLASH_ORIGIN: hexadecimal(flash[0]?.origin ?? 0),
    FLASH_LENGTH: String(flash[0]?.length ?? 0),
    FLASH_DATA_ORIGIN: hexadecimal(flash[1]?.origin ?? 0),
    RAM_ORIGIN: hexadecimal(ram[0]?.origin ?? 0),
    RAM_LENGTH: String(ram[0]?.length ?? 0),
    STACK: String(stack),
  };
  return template.replace(/@([A-Z_]+)@/g, (_, key: string) => values[key] ?? `@${key}@`);
}

const manifestSchema = z.strictObject({ extends: z.array(z.string().regex(/^[a-z0-9][a-z0-9-]*$/)) });

/** The folder of a template. @throws OPQ0705 */
function folderOf(template: string, templates: readonly string[]): string {
  const directory = [...templates, templatesDirectory]
    .map((folder) => join(folder, template))
    .find((folder) => existsSync(join(folder, 'template.json')));
  if (directory === undefined) throw firmwareErrors.noTemplate(template);
  return directory;
}

/** A template's folder and those it extends, the nearest first. @throws OPQ0705 */
function foldersOf(template: string, templates: readonly string[]): readonly string[] {
  const directory = folderOf(template, templates);
  const { extends: below } = manifestOf(directory);
  return [directory, ...below.flatMap((other) => foldersOf(other, templates))];
}

/** @throws OPQ0709 */
function manifestOf(directory: string): z.infer<typeof manifestSchema> {
  const file = join(directory, 'template.json');
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw firmwareErrors.badTemplate(file);
  }
}

/** Every file of a template by its name; one of its own stands in for one of the same name that it extends. */
function filesOf(template: string, templates: readonly string[] = []): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const directory of foldersOf(template, templates))
    for (const folder of ['', 'drivers/'])
      for (const file of existsSync(join(directory, folder)) ? readdirSync(join(directory, folder)) : [])
        if (!files.has(folder + file)) files.set(folder + file, join(directory, folder, file));
  return files;
}

/** A template's sources for a target: with its two drivers, and the header of the board. @throws OPQ0705 */
export function renderSources(target: Target, options?: FirmwareOptions): readonly BuildFile[] {
  const files = filesOf(target.template, options?.templates);
  const read = (path: string): BuildFile => ({
    path: `template/${path}`,
    bytes: readTemplate(target.template, files, path),
  });
  const sources = [...files.keys()].filter((file) => /^[^/]+\.[ch]$/.test(file));
  const drivers = [
    `drivers/uart_${target.uart.driver.replaceAll('-', '_')}.c`,
    `drivers/timer_${target.timer.driver.replaceAll('-', '_')}.c`,
  ];
  return [
    ...sources.sort().map(read),
    ...drivers.map(read),
    { path: 'template/opq_board.h', bytes: utf8(boardHeader(target, options)) },
  ];
}

function readTemplate(template: string, files: ReadonlyMap<string, string>, path: string): Uint8Array {
  const file = files.get(path);
  if (file === undefined) throw firmwareErrors.noTemplate(`${template}/${path}`);
  return new Uint8Array(readFileSync(file));
}

/** The same with the rendered linker script, for firmware that is built here. @throws OPQ0705 */
export function renderTemplate(target: Target, options?: FirmwareOptions): readonly BuildFile[] {
  const script = readTemplate(target.template, filesOf(target.template, options?.templates), 'link.ld.in');
  return [
    ...renderSources(target, options),
    { path: 'template/link.ld', bytes: utf8(linkerScript(new TextDecoder().decode(script), target)) },
  ];
}
