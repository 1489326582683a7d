import type { Target } from '@opq/targets';

/** Bytes of an image, by section. */
export interface ImageSizes {
  /** Code. */
  readonly text: number;
  /** Constant tables, the model's among them. */
  readonly rodata: number;
  /** Initialised variables: in flash and in RAM. */
  readonly data: number;
  /** Variables that start as zero: the arena among them. */
  readonly bss: number;
  /** RAM kept for the stack, as the target says. */
  readonly stack: number;
  /** What stands in flash: text, rodata and data. */
  readonly flash: number;
  /** What RAM has to hold: data, bss and stack. */
  readonly ram: number;
}

/** Reads what `size -A` prints: one section a line, name, size, address. */
export function parseSizes(text: string, stack: number): ImageSizes {
  const sections = new Map(
    [...text.matchAll(/^(\.[\w.]+)\s+(\d+)\s+\d+$/gm)].map((m) => [m[1] ?? '', Number(m[2])]),
  );
  const of = (name: string): number => sections.get(name) ?? 0;
  const [code, rodata, data, bss] = [of('.text'), of('.rodata') + of('.ARM.exidx'), of('.data'), of('.bss')];
  return { text: code, rodata, data, bss, stack, flash: code + rodata + data, ram: data + bss + stack };
}

/** Need against region, a line each. */
export function sizeTable(target: Target, need: { readonly flash: number; readonly ram: number }): string {
  const line = (name: string, bytes: number, available: number): string =>
    `  ${name.padEnd(6)} ${String(bytes).padStart(10)} of ${String(available).padStart(10)} bytes${bytes > available ? `   ${bytes - available} too many` : ''}`;
  return [
    line('flash', need.flash, target.flash[0]?.length ?? 0),
    line('ram', need.ram, target.ram[0]?.length ?? 0),
  ].join('\n');
}

/**
 * Whether an image fits into the target's first regions of flash and of RAM.
 * @param need bytes
 */
export const fits = (target: Target, need: { readonly flash: number; readonly ram: number }): boolean =>
  need.flash <= (target.flash[0]?.length ?? 0) && need.ram <= (target.ram[0]?.length ?? 0);

/** The same of an ESP-IDF image, whose sections are named by the memory they stand in. */
export function parseIdfSizes(text: string, stack: number): ImageSizes {
  const sections = [...text.matchAll(/^(\.[\w.]+)\s+(\d+)\s+\d+$/gm)].map(
    (m) => [m[1] ?? '', Number(m[2])] as const,
  );
  const of = (pattern: RegExp): number =>
    sections.reduce((sum, [name, bytes]) => sum + (pattern.test(name) ? bytes : 0), 0);
  const code = of(/^\.(flash\.text|iram0\.(vectors|text))$/);
  const rodata = of(/^\.flash\.(rodata|appdesc|rodata_noload)$/);
  const data = of(/^\.dram0\.data$/);
  // The stack is a variable of the firmware there.
  const bss = Math.max(0, of(/^\.dram0\.bss$/) - stack);
  return { text: code, rodata, data, bss, stack, flash: code + rodata + data, ram: data + bss + stack };
}
