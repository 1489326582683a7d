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
  wrongApi: (backend: string, found: unknown, wanted: number) =>
    new OpqError({
      code: 'OPQ0602',
      message: `Backend ${printable(backend)} was made for version ${printable(String(found))} of the backend contract; this opq has version ${wanted}.`,
      hint: 'Install a version of the backend that matches this version of opq.',
    }),
  notABackend: (what: string, member: string) =>
    new OpqError({
      code: 'OPQ0603',
      message: `${printable(what)} is not a backend: its member ${member} is missing or of the wrong kind.`,
      hint: 'A backend has api, name, targets, supports() and emit(); see docs/reference/backends.md.',
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
  runtimeOnly: (target: string) =>
    new OpqError({
      code: 'OPQ0605',
      message: `${printable(target)} is a runtime that reads a file, not a board: there is no firmware of opq's to build for it.`,
      hint: `Write the file with \`opq emit ${printable(target)}\`, and build it into a project of your own (firmware-templates/tflm-cortex-m).`,
    }),
} as const;
