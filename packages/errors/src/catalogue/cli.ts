import { OpqError, printable } from '../opq-error';

/** OPQ09xx: configuration and the command line. */
export const cliErrors = {
  noConfig: (from: string) =>
    new OpqError({
      code: 'OPQ0901',
      message: `There is no opq.config.ts in ${printable(from, 200)} or above it.`,
      hint: 'Name the model with --model, or write an opq.config.ts (README: Your own model).',
    }),
  configFailed: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0902',
      message: `${printable(place, 200)} cannot be loaded: ${printable(reason, 300)}.`,
      hint: 'It must export, as default, what defineConfig() returns.',
    }),
  invalidConfig: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0903',
      message: `${printable(place, 200)} is not valid: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'docs/reference/config.md describes every member.',
    }),
  cannotReadModel: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0904',
      message: `Model ${printable(place, 200)} cannot be read: ${printable(reason, 200)}.`,
      hint: 'Check the path.',
    }),
  unknownFormat: (place: string, known: readonly string[]) =>
    new OpqError({
      code: 'OPQ0905',
      message: `${printable(place, 200)} is in no format that opq reads.`,
      hint: `opq reads: ${known.join(', ')}.`,
    }),
  noData: (what: string) =>
    new OpqError({
      code: 'OPQ0906',
      message: `${what} needs samples, and none are named.`,
      hint: 'Give --data <file> (see `opq deploy --help`), or `data` in opq.config.ts.',
    }),
  needsModel: () =>
    new OpqError({
      code: 'OPQ0907',
      message: 'No model is named.',
      hint: 'Give --model <file>, or run where an opq.config.ts is.',
    }),
  wrongDataShape: (got: number, wanted: number) =>
    new OpqError({
      code: 'OPQ0908',
      message: `A sample of the data has ${got} values; the model takes ${wanted}.`,
      hint: 'Check the shape and the element type of the data.',
    }),
  usage: (problem: string) => new OpqError({ code: 'OPQ0909', message: problem, hint: 'See --help.' }),
  cannotWrite: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ0910',
      message: `${printable(place, 200)} cannot be written: ${printable(reason, 200)}.`,
      hint: 'Check the permissions and the free space of the disk.',
    }),
  notEmitted: (place: string) =>
    new OpqError({
      code: 'OPQ0911',
      message: `${printable(place, 200)} holds no emission of opq.`,
      hint: 'Run `opq emit` first, or leave --emitted out.',
    }),
  flashWithoutTarget: () =>
    new OpqError({
      code: 'OPQ0912',
      message: 'A flash budget counts the bytes that one board stores, and no board is named.',
      hint: 'Name one with --target (see `opq targets`).',
    }),
  noLabels: () =>
    new OpqError({
      code: 'OPQ0913',
      message: 'Accuracy needs labels, and the data has none.',
      hint: 'Name them with --labels, or leave --data out.',
    }),
  notARun: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0917',
      message: `${printable(place, 200)} is no run of opq: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'Give what `opq hil --json` or `opq deploy --json` of this version printed.',
    }),
  notASweep: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0918',
      message: `${printable(place, 200)} is no sweep of opq: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'Give the sweep.json that `opq sweep` wrote.',
    }),
  runFailed: (place: string, code: string) =>
    new OpqError({
      code: 'OPQ0919',
      message: `${printable(place, 200)} is a run that failed with ${printable(code)}: there is nothing to compare.`,
      hint: 'Run it again, or give this file alone: its report says why it failed.',
    }),
  severalInputs: (place: string, inputs: number, outputs: number) =>
    new OpqError({
      code: 'OPQ0915',
      message: `${printable(place, 200)} has ${inputs} inputs and ${outputs} outputs; networks with one of each run here.`,
      hint: 'Cut the network to one input and one output before it is converted.',
    }),
  notComparable: (what: 'inputs' | 'outputs', a: number, b: number) =>
    new OpqError({
      code: 'OPQ0916',
      message: `The two networks cannot be compared: their ${what} have ${a} and ${b} values.`,
      hint: 'Compare networks that were made from one another.',
    }),
  pointFailed: (point: string, reason: string) =>
    new OpqError({
      code: 'OPQ0914',
      message: `Point ${printable(point)} of the sweep came to no end: ${printable(reason, 300)}.`,
      hint: 'Where memory ran out, take fewer --workers; the command with --resume computes this point again.',
    }),
} as const;
