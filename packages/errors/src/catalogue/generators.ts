import { OpqError, printable } from '../opq-error';

/** OPQ21xx: what `nx g @opq/nx:…` makes. */
export const generatorErrors = {
  badName: (what: string, name: string, reason: string) =>
    new OpqError({
      code: 'OPQ2101',
      message: `${printable(name)} cannot be the name of a ${what}: ${reason}.`,
      hint: 'Take lower-case letters, digits and single hyphens, 40 at most, and a letter first.',
    }),
  wouldOverwrite: (file: string) =>
    new OpqError({
      code: 'OPQ2102',
      message: `${printable(file, 200)} is there already, and differs from what would be written; nothing was written.`,
      hint: 'Choose another name or --directory, or remove the file.',
    }),
  noConfig: (found: readonly string[]) =>
    new OpqError({
      code: 'OPQ2103',
      message:
        found.length === 0
          ? 'There is no opq.config.ts in this workspace.'
          : `Which opq.config.ts is meant? There are ${found.map((file) => printable(file, 200)).join(', ')}.`,
      hint: 'Name one with --config, relative to the workspace.',
    }),
  cannotEdit: (file: string, what: string, entry: string) =>
    new OpqError({
      code: 'OPQ2104',
      message: `${printable(file, 200)} cannot be edited: ${printable(what)}; nothing was written.`,
      hint: `Write it as an object with lists in place, or add this by hand and run the generator again: ${entry}`,
    }),
  boardTaken: (file: string, board: string, target: string) =>
    new OpqError({
      code: 'OPQ2105',
      message: `${printable(file, 200)} has a board ${printable(board)} already, with another target than ${printable(target)}; nothing was written.`,
      hint: 'Choose another name, or rename that board.',
    }),
  outside: (folder: string) =>
    new OpqError({
      code: 'OPQ2106',
      message: `${printable(folder, 200)} is not a folder inside this workspace.`,
      hint: 'Give --directory relative to the workspace, such as packages/opq-backend-acme.',
    }),
} as const;
