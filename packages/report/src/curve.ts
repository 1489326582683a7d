import type { PointResult, SweepCurve } from '@opq/pipeline';
import type { Curves } from './charts';

const trainingOf = ({ finetuned }: { readonly finetuned: boolean }): string =>
  finetuned ? 'finetuned' : 'one shot';

/** The curves of a sweep; undefined where no point was made. Sizes are what the target stores, where it takes every network. */
export function sweepCurves({ model, target, float32, points }: SweepCurve): Curves | undefined {
  if (points.length === 0) return undefined;
  const onTarget = points.every(({ bytes }) => bytes.flash !== null);
  const lines = new Map<string, PointResult[]>();
  for (const point of points) {
    const key = `${point.allocator} ${trainingOf(point)}`;
    lines.set(key, [...(lines.get(key) ?? []), point]);
  }
  return {
    model,
    stored: onTarget ? 'model' : 'weights',
    size: onTarget ? `Flash on ${target}` : 'Weights as stored',
    float: float32?.accuracy ?? null,
    curves: [...lines.values()].map((line) => ({
      allocator: line[0]?.allocator ?? '',
      training: trainingOf({ finetuned: line[0]?.finetuned ?? false }),
      points: line
        .map(({ bytes, accuracy }) => ({ bytes: (onTarget ? bytes.flash : null) ?? bytes.stored, accuracy: accuracy.int8 }))
        .toSorted((a, b) => a.bytes - b.bytes),
    })),
  };
} // prettier-ignore
