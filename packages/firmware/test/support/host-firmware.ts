import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifact } from '@opq/backend';
import { findTarget } from '@opq/targets';
import { renderSources, type FirmwareOptions } from '../../src';

export const HOST_COMPILER = 'gcc';

/** Standard input and output as the serial line; a timer that is 25 ticks on each time it is asked; a pin whose edges are printed. */
const BOARD = `#include <stdio.h>
#include <stdlib.h>

#include "stack.h"
#include "timer.h"
#include "timestamp.h"
#include "uart.h"

void uart_init(void) {}
void uart_write(uint8_t byte) { putchar(byte); }
int32_t uart_read(void) {
  const int c = getchar();
  if (c == EOF) {
    exit(0);
  }
  return c;
}
void uart_wait(void) {}
uint32_t uart_capacity(void) { return 64; }
void uart_interrupt(void) {}

static uint64_t ticks;
void timer_init(void) {}
uint64_t timer_now(void) { return ticks += 25u; }
void timer_prepare(void) {}
void timer_interrupt(void) {}

void timestamp_init(void) { printf("(pin)"); }
void timestamp_edge(void) { printf("(edge)"); }

void stack_paint(void) {}
uint32_t stack_peak(void) { return 0; }
uint32_t stack_size(void) { return 0; }
uint32_t stack_used_by(void (*work)(void)) {
  work();
  return 0;
}
`;

const WARNINGS = ['-Wall', '-Wextra', '-Wconversion', '-Wsign-conversion', '-Wshadow', '-Werror'];

/** The protocol of a firmware, compiled for this machine. Gives what it says to commands; the first lines are those of its boot. */
export function hostFirmware(
  folder: string,
  artifacts: readonly Artifact[],
  options: FirmwareOptions = {},
): (input: string) => readonly string[] {
  const target = findTarget('qemu-cortex-m4');
  const own = /\/(uart|timer|stack|timestamp|startup|receive_buffer|runtime)(_[a-z0-9]+)*\.c$|\/string\.h$/;
  const files = [
    ...renderSources(target, options).filter(({ path }) => !own.test(path)),
    ...artifacts.map(({ path, bytes }) => ({ path: `model/${path}`, bytes })),
    { path: 'board.c', bytes: Buffer.from(BOARD) },
  ];
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const sources = files.map(({ path }) => path).filter((path) => path.endsWith('.c'));
  const includes = new Set(files.filter(({ path }) => path.endsWith('.h')).map(({ path }) => `-I${dirname(path)}`));
  const flags = ['-std=c99', '-O1', '-fsanitize=undefined', '-fno-sanitize-recover', ...WARNINGS];
  execFileSync(HOST_COMPILER, [...flags, ...includes, ...sources, '-o', 'program'], { cwd: folder });
  return (input) => {
    const { stdout, stderr } = spawnSync(join(folder, 'program'), { input: Buffer.from(input, 'latin1'), timeout: 20_000 });
    if (stderr.length > 0) throw new Error(stderr.toString());
    return stdout.toString('latin1').split('\r\n').slice(0, -1);
  };
} // prettier-ignore
