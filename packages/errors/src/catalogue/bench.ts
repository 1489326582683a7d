import { OpqError, printable } from '../opq-error';

/** OPQ15xx: benchmarks of tools/bench. */
export const benchErrors = {
  dataAbsent: (folder: string, models: readonly string[]) =>
    new OpqError({
      code: 'OPQ1501',
      message: `The networks and samples of ${models.map((m) => printable(m)).join(', ')} are not in ${printable(folder, 200)}.`,
      hint: 'Set OPQ_TEST_DATA to the folder that holds them, or measure the network of the repository: --models demo.',
    }),
  invalidFile: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ1502',
      message: `${printable(place, 200)} is not valid: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'tools/bench/README.md describes its members; `npm run bench -- --update` writes the baseline anew.',
    }),
} as const;
