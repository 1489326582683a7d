import { OpqError, printable } from '../opq-error';

/** OPQ22xx: packages made by tools/pack. */
export const packErrors = {
  notCompiled: (problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ2201',
      message: `The sources of the packages do not compile: ${problems.map((p) => printable(p, 300)).join('; ')}.`,
      hint: '`npm run typecheck` shows every problem with its place.',
    }),
  programFailed: (program: string, code: number, said: string) =>
    new OpqError({
      code: 'OPQ2202',
      message: `${printable(program)} ended with exit code ${code}: ${printable(said, 500)}.`,
      hint: 'Run `npm run pack` in a clone of the repository after `npm ci`; nothing was written.',
    }),
} as const;
