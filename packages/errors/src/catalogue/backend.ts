import { OpqError, printable } from '../opq-error';

/** OPQ06xx: fitting a model to a target. Codes 0610 to 0629 are those of refusals. */
export const backendErrors = {
  refused: (
    model: string,
    target: string,
    refusals: readonly {
      readonly code: string;
      readonly layer: string;
      readonly reason: string;
      readonly hint: string;
    }[],
  ) =>
    new OpqError({
      code: 'OPQ0601',
      message: `${printable(model)} cannot run on ${printable(target)}: ${refusals.map((r) => `${r.code} ${printable(r.layer)}: ${printable(r.reason, 200)}`).join('; ')}.`,
      hint: [...new Set(refusals.map((r) => r.hint))].join(' '),
    }),
  wrongApi: (
    kind: 'Backend' | 'Loader' | 'Encoding' | 'Kernel family',
    name: string,
    found: unknown,
    wanted: number,
  ) =>
    new OpqError({
      code: 'OPQ0602',
      message: `${kind} ${printable(name)} was made for version ${printable(String(found))} of the contract; this opq has version ${wanted}.`,
      hint: 'Install a version of its package that matches this version of opq.',
    }),
  wrongMember: (kind: 'backend' | 'loader' | 'encoding' | 'kernel family', what: string, member: string) =>
    new OpqError({
      code: 'OPQ0603',
      message: `${printable(what)} is not ${kind === 'encoding' ? 'an' : 'a'} ${kind}: its member ${printable(member)} is missing or of the wrong kind.`,
      hint: 'A backend has api, name, targets, supports() and emit(); a loader api, name, line or drive, and flash(); an encoding api, name, encode(), decode() and decoder(); a kernel family api, name and ways(). See docs/reference/backends.md.',
    }),
  noBackend: (target: string, backends: readonly string[]) =>
    new OpqError({
      code: 'OPQ0604',
      message: `No backend here serves target ${printable(target)} (backends: ${backends.map((name) => printable(name)).join(', ') || 'none'}).`,
      hint: 'Add the backend for this target to `backends` in opq.config.ts.',
    }),
  unknownBackend: (name: string, backends: readonly string[]) =>
    new OpqError({
      code: 'OPQ0606',
      message: `There is no backend ${printable(name)} here (backends: ${backends.map((other) => printable(other)).join(', ')}).`,
      hint: 'Add it to `backends` in opq.config.ts, or name one of these.',
    }),
  cannotLoad: (list: string, name: string, reason: string) =>
    new OpqError({
      code: 'OPQ0607',
      message: `${printable(name, 200)}, named in ${printable(list, 200)}, cannot be loaded: ${printable(reason, 300)}.`,
      hint: 'Install the package beside opq.config.ts, or correct its name; a path begins with ./',
    }),
  noExport: (name: string, member: string, found: readonly string[]) =>
    new OpqError({
      code: 'OPQ0608',
      message: `${printable(name, 200)} exports no ${printable(member)} (it exports: ${found.map((other) => printable(other)).join(', ') || 'nothing'}).`,
      hint: 'The package has to export it: an object, or a function without arguments that makes it. See docs/reference/backends.md.',
    }),
  nameTaken: (
    kind: 'target' | 'loader' | 'backend' | 'encoding' | 'kernel family',
    name: string,
    place: string,
  ) =>
    new OpqError({
      code: 'OPQ0609',
      message: `Two of the ${kind === 'kernel family' ? 'kernel families' : `${kind}s`} in ${printable(place, 200)} are called ${printable(name)}.`,
      hint: 'Take one of them out, or give it another name.',
    }),
  pluginFailed: (
    kind: 'Backend' | 'Loader' | 'Emulator' | 'Encoding' | 'Kernel family',
    name: string,
    reason: string,
    cause: unknown,
  ) =>
    new OpqError(
      {
        code: 'OPQ0630',
        message: `${kind} ${printable(name)} failed: ${printable(reason, 300)}.`,
        hint: 'This is a defect of the package that brings it, or of what it was given: report it there.',
      },
      { cause },
    ),
  badSource: (name: string, reason: string) =>
    new OpqError({
      code: 'OPQ0631',
      message: `The C of ${printable(name)} cannot be emitted: ${reason}.`,
      hint: 'Functions and files that a package brings have names of lower-case letters, digits and `_`, each its own, not beginning with opq_. See docs/reference/backends.md.',
    }),
  unknownPart: (kind: 'encoding' | 'kernel family', name: string, known: readonly string[]) =>
    new OpqError({
      code: 'OPQ0632',
      message: `There is no ${kind} ${printable(name)} here (there are: ${known.map((other) => printable(other)).join(', ')}).`,
      hint: 'Name one of these, or add the package that brings it to opq.config.ts.',
    }),
  notCompiled: (list: string, name: string, entry: string) =>
    new OpqError({
      code: 'OPQ0633',
      message: `${printable(name, 200)}, named in ${printable(list, 200)}, exports TypeScript (${printable(entry)}), which Node does not run once a package is installed.`,
      hint: 'Its author has to compile it with `tsc` and let `exports` name the .js files: docs/guide/a-new-chip.md. In a workspace of your own, TypeScript is fine.',
    }),
  runtimeOnly: (target: string) =>
    new OpqError({
      code: 'OPQ0605',
      message: `${printable(target)} is a runtime that reads a file, not a board: there is no firmware of opq's to build for it.`,
      hint: `Write the file with \`opq emit ${printable(target)}\`, and build it into a project of your own (firmware-templates/tflm-cortex-m).`,
    }),
} as const;
