import { OpqError, printable } from '../opq-error';

const list = (items: readonly string[], limit: number): string =>
  `${items
    .slice(0, limit)
    .map((item) => printable(item, 160))
    .join('; ')}${items.length > limit ? `; and ${items.length - limit} more` : ''}`;

/** OPQ02xx: reading and writing .tflite. */
export const tfliteErrors = {
  notTflite: (place: string) =>
    new OpqError({
      code: 'OPQ0201',
      message: `${printable(place)} is not a TensorFlow Lite model (bytes 4 to 7 are not "TFL3").`,
      hint: 'Give a .tflite file, as the TensorFlow Lite converter writes it.',
    }),
  damaged: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0202',
      message: `${printable(place)} is damaged: ${printable(what, 200)}.`,
      hint: 'Check that the file is complete; copy or convert it again.',
    }),
  /** @param items every operator and tensor at fault, each with its place */
  unsupported: (place: string, items: readonly string[]) =>
    new OpqError({
      code: 'OPQ0203',
      message: `${printable(place)} uses what opq does not support: ${list(items, 40)}.`,
      hint: 'docs/reference/operators.md lists what is supported. Replace these operators in the network, or convert it as float32 or full int8.',
    }),
  cannotWrite: (model: string, items: readonly string[]) =>
    new OpqError({
      code: 'OPQ0204',
      message: `Model ${printable(model)} has no .tflite form: ${list(items, 20)}.`,
      hint: 'Write it as model.opq instead, or change these layers.',
    }),
} as const;
