import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { cliErrors } from '@opq/errors';
import { problemsOf } from '../problems';
import { pointResultSchema } from './result';
import type { SweepReport } from './sweep';

const share = z.number().min(0).max(1);
const failed = z.looseObject({ code: z.string(), message: z.string() });

/** What others read of a sweep's JSON; the settings are for people. */
const sweepSchema = z.looseObject({
  model: z.string(),
  target: z.string(),
  float32: z.union([z.strictObject({ bytes: z.number(), accuracy: share }), z.strictObject({ error: failed })]),
  points: z.array(
    z.discriminatedUnion('kind', [pointResultSchema, z.looseObject({ kind: z.literal('failed'), error: failed })]),
  ),
}); // prettier-ignore

/** The points that were made, and what they are compared with. */
export interface SweepCurve extends Pick<SweepReport, 'model' | 'target'> {
  /** null where the float network could not be measured. */
  readonly float32: { readonly bytes: number; readonly accuracy: number } | null;
  /** In the order of the report. */
  readonly points: readonly z.infer<typeof pointResultSchema>[];
}

/** What can be drawn of a sweep. */
export const curveOf = ({ model, target, float32, points }: SweepReport): SweepCurve => ({
  model,
  target,
  float32: 'error' in float32 ? null : float32,
  points: points.filter((point) => point.kind === 'point'),
});

/** A sweep's `sweep.json`, or what `opq sweep --json` printed. @throws OPQ0918 naming what is wrong with it */
export function readSweep(path: string): SweepCurve {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw cliErrors.notASweep(path, [error instanceof Error ? error.message : 'it is unreadable']);
  }
  const found = sweepSchema.safeParse(value);
  if (!found.success) throw cliErrors.notASweep(path, problemsOf(found.error.issues).slice(0, 8));
  const { model, target, float32, points } = found.data;
  return {
    model,
    target,
    float32: 'error' in float32 ? null : float32,
    points: points.filter((point) => point.kind === 'point'),
  };
}
