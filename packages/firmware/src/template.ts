import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { firmwareErrors } from '@opq/errors';
import type { Target } from '@opq/targets';

/** A file of the build, by its path inside the build folder. */
export interface BuildFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const templatesDirectory = resolve(__dirname, '../../../firmware-templates');

const hexadecimal = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(8, '0')}`;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The C constants that drivers and protocol need from a target. */
export function boardHeader(target: Target): string {
  const { uart, timer, features } = target;
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
  ];
  return `/* Made by opq from the description of ${target.name}. */\n#ifndef OPQ_BOARD_H\n#define OPQ_BOARD_H\n\n${lines.join('\n')}\n\n#endif\n`;
}

function linkerScript(template: string, { flash, ram, stack }: Target): string {
  const values: Readonly<Record<string, string>> = {
    FLASH_ORIGIN: hexadecimal(flash[0]?.origin ?? 0),
    FLASH_LENGTH: String(flash[0]?.length ?? 0),
    RAM_ORIGIN: hexadecimal(ram[0]?.origin ?? 0),
    RAM_LENGTH: String(ram[0]?.length ?? 0),
    STACK: String(stack),
  };
  return template.replace(/@([A-Z_]+)@/g, (_, key: string) => values[key] ?? `@${key}@`);
}

/** The template's files for a target: sources, its two drivers, the rendered linker script and header. @throws OPQ0705 */
export function renderTemplate(target: Target): readonly BuildFile[] {
  const directory = join(templatesDirectory, target.template);
  if (!existsSync(directory)) throw firmwareErrors.noTemplate(target.template);
  const read = (path: string): BuildFile => ({
    path: `template/${path}`,
    bytes: new Uint8Array(readFileSync(join(directory, path))),
  });
  const sources = readdirSync(directory).filter((file) => file.endsWith('.c') || file.endsWith('.h'));
  const drivers = [
    `drivers/uart_${target.uart.driver}.c`,
    `drivers/timer_${target.timer.driver.replaceAll('-', '_')}.c`,
  ];
  return [
    ...sources.sort().map(read),
    ...drivers.map(read),
    {
      path: 'template/link.ld',
      bytes: utf8(linkerScript(readFileSync(join(directory, 'link.ld.in'), 'utf8'), target)),
    },
    { path: 'template/opq_board.h', bytes: utf8(boardHeader(target)) },
  ];
}
