import { OpqError, printable } from '../opq-error';

const INSTALL =
  'Run `npm run bootstrap`, or install gcc-arm-none-eabi and libnewlib-arm-none-eabi (Debian, Ubuntu: apt-get; macOS: brew install --cask gcc-arm-embedded).';

/** OPQ07xx: building firmware. */
export const firmwareErrors = {
  noToolchain: (program: string) =>
    new OpqError({
      code: 'OPQ0701',
      message: `The compiler ${printable(program)} is not installed, or not on the PATH.`,
      hint: INSTALL,
    }),
  compileFailed: (program: string, output: string) =>
    new OpqError({
      code: 'OPQ0702',
      message: `${printable(program)} could not build the firmware:\n${output
        .split('\n')
        .slice(0, 12)
        .map((line) => `  ${printable(line, 200)}`)
        .join('\n')}`,
      hint: 'If the toolchain is complete (see `npm run bootstrap -- --check`), this is a defect of opq: please report it with this output.',
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
      hint: 'The target names it in `template`; the templates are the folders of firmware-templates/.',
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
} as const;
