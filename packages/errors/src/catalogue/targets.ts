import { OpqError, printable } from '../opq-error';

/** OPQ05xx: targets. */
export const targetsErrors = {
  unknownTarget: (name: string, nearest: readonly string[]) =>
    new OpqError({
      code: 'OPQ0501',
      message: `There is no target ${printable(name)}.`,
      hint: `${nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}? ` : ''}\`opq targets\` lists all of them.`,
    }),
  invalidTarget: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ0502',
      message: `The target in ${printable(place)} is not valid: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'packages/targets/target.schema.json describes every member.',
    }),
} as const;
