import { OpqError, printable } from '../opq-error';

/** Packages of Debian and Ubuntu, and what Homebrew is asked for, by the compiler's prefix. */
const PACKAGES: Readonly<Record<string, readonly [apt: string, brew: string]>> = {
  'arm-none-eabi-': ['gcc-arm-none-eabi', 'brew install --cask gcc-arm-embedded'],
  'riscv64-unknown-elf-': ['gcc-riscv64-unknown-elf', 'brew install riscv64-elf-gcc'],
  'xtensa-lx106-elf-': ['gcc-xtensa-lx106', 'no formula known'],
};

function install(program: string): string {
  const known = Object.entries(PACKAGES).find(([prefix]) => program.startsWith(prefix));
  if (known === undefined) return 'Install it, and see that its folder is on the PATH.';
  const [, [apt, brew]] = known;
  return `Run \`npm run bootstrap\`, or install ${apt} (Debian, Ubuntu: apt-get; macOS: ${brew}).`;
}

/** OPQ07xx: building firmware. */
export const firmwareErrors = {
  noToolchain: (program: string) =>
    new OpqError({
      code: 'OPQ0701',
      message: `The compiler ${printable(program)} is not installed, or not on the PATH.`,
      hint: install(program),
    }),
  compileFailed: (program: string, output: string) =>
    new OpqError({
      code: 'OPQ0702',
      message: `${printable(program)} could not build the firmware:\n${output
        .split('\n')
        .slice(0, 12)
        .map((line) => `  ${printable(line, 200)}`)
        .join('\n')}`,
      hint: 'If the toolchain is complete (see `npm run bootstrap -- --check`), this is a defect of opq, or of the package that brings the template: please report it with this output.',
    }),
  timedOut: (program: string, seconds: number) =>
    new OpqError({
      code: 'OPQ0703',
      message: `${printable(program)} did not finish within ${seconds} seconds and was stopped.`,
      hint: 'Check that the machine is not out of memory or disk, and try again.',
    }),
  doesNotFit: (target: string, table: string) =>
    new OpqError({
      code: 'OPQ0704',
      message: `The firmware does not fit on ${printable(target)}:\n${table}`,
      hint: 'Compress harder (--sparsity, --bits, --ratio), or choose a board with more memory.',
    }),
  noTemplate: (template: string) =>
    new OpqError({
      code: 'OPQ0705',
      message: `There is no firmware template ${printable(template)}.`,
      hint: 'The target names it in `template`, and its drivers in `uart.driver` and `timer.driver`; the templates are the folders of firmware-templates/, and those a backend brings.',
    }),
  badTemplate: (file: string) =>
    new OpqError({
      code: 'OPQ0709',
      message: `${printable(file, 200)} is no description of a firmware template.`,
      hint: 'It is JSON with one member, the templates whose files it goes without: { "extends": ["bare-cortex-m"] }.',
    }),
  cannotWrite: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0706',
      message: `${printable(place, 200)} cannot be written: ${printable(reason, 200)}.`,
      hint: 'Check the permissions and the free space of the disk.',
    }),
  stopped: () =>
    new OpqError({
      code: 'OPQ0707',
      message: 'Stopped on request.',
      hint: 'Run the command again to continue.',
    }),
  noEspIdf: (target: string, place: string) =>
    new OpqError({
      code: 'OPQ0708',
      message: `Firmware for ${printable(target)} is built with ESP-IDF, and idf.py is not on the PATH.`,
      hint: `Install ESP-IDF 5.1 or later (https://docs.espressif.com/projects/esp-idf), run its export script in this shell, and try again; the complete project stands in ${printable(place, 200)}.`,
    }),
  fixedRate: (target: string, baudRate: number) =>
    new OpqError({
      code: 'OPQ0710',
      message: `Firmware for ${printable(target)} cannot speak ${baudRate} baud, as energy mode does: its driver keeps the rate that the chip's ROM has set.`,
      hint: 'Measure energy on another board, or give the template a driver that sets the rate.',
    }),
} as const;
