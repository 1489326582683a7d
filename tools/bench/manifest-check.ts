import { isMeasured, type BenchRow } from './row';
import type { Job } from './selection';

/** Accuracies of the manifest have four digits. */
const HALF_A_DIGIT = 0.00005 + 1e-9;

/** What the manifest says of a variant and is not so; only where all its test samples were classified. */
export function manifestProblems({ model, variant }: Job, rows: readonly BenchRow[]): readonly string[] {
  const row = rows.find(isMeasured);
  if (row === undefined || !('file' in variant) || row.accuracySamples !== model.test[1] - model.test[0])
    return [];
  const { float, oneShot, finetuned } = variant.accuracy;
  const compare = (what: string, stated: number | null, found: number | undefined): readonly string[] =>
    stated !== null && found !== undefined && Math.abs(stated - found) <= HALF_A_DIGIT
      ? []
      : [
          `models/manifest.json: ${model.name} ${variant.name}: ${what} is ${found?.toFixed(4) ?? 'not measured'}, not ${stated ?? 'unknown'}`,
        ];
  return [
    ...compare('accuracy.float', float, row.sourceAccuracy),
    ...compare(finetuned === null ? 'accuracy.oneShot' : 'accuracy.finetuned', finetuned ?? oneShot, row.accuracy),
  ]; // prettier-ignore
}
