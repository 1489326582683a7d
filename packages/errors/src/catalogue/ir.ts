import { OpqError, printable } from '../opq-error';

/** OPQ01xx: the model itself. */
export const irErrors = {
  /** @param problems one sentence each, already naming tensor or layer */
  invalidModel: (model: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0101',
      message: `Model ${printable(model)} is not valid: ${problems
        .slice(0, 20)
        .map((p) => printable(p, 300))
        .join('; ')}${problems.length > 20 ? `; and ${problems.length - 20} more` : ''}.`,
      hint: 'The file was read but its graph contradicts itself. Export the model again, or report the file if another runtime accepts it.',
    }),
  notAnOpqFile: (place: string) =>
    new OpqError({
      code: 'OPQ0102',
      message: `${printable(place)} is not a compressed model of opq (its first bytes are not "OPQM").`,
      hint: 'Make one with `opq compress <model>`.',
    }),
  opqFileVersion: (place: string, found: number, known: number) =>
    new OpqError({
      code: 'OPQ0103',
      message: `${printable(place)} has format version ${found}; this opq reads version ${known}.`,
      hint: 'Compress the model again with this version of opq.',
    }),
  opqFileDamaged: (place: string, what: string) =>
    new OpqError({
      code: 'OPQ0104',
      message: `${printable(place)} is damaged: ${printable(what, 200)}.`,
      hint: 'Compress the model again; if the file was copied, check that the copy is complete.',
    }),
  factorTooLarge: (factor: number) =>
    new OpqError({
      code: 'OPQ0105',
      message: `A layer's scales differ by the factor ${factor}, more than int8 arithmetic can bridge (2^30).`,
      hint: 'The scales in the model file are damaged, or its activations explode: quantise the model again.',
    }),
} as const;
