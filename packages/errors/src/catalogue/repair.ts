import { OpqError, printable } from '../opq-error';

/** OPQ13xx: repair without training. */
export const repairErrors = {
  noSamples: (model: string) =>
    new OpqError({
      code: 'OPQ1301',
      message: `No calibration sample to repair ${printable(model)} with.`,
      hint: 'Name calibration data of at least one sample, or leave repair out.',
    }),
} as const;
