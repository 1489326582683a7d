import type { EpochRecord } from '@opq/finetune';
import type { CompressionReport } from './compression';
import { compressText } from './compression';
import { syntheticText, type SyntheticReport } from './synthetic-options';

/** Share of the test samples that are right, in float32: with activations as they are, and rounded to the scales that int8 will have. */
export interface Accuracies {
  readonly float: number | null;
  readonly int8: number | null;
}

/** What a finetuning did, for people and programs. */
export interface FinetuneReport {
  readonly runtime: string;
  /** What it was trained on: real samples, or inputs made up (then `synthetic` says which). */
  readonly training: 'data' | 'synthetic';
  readonly synthetic: SyntheticReport | null;
  readonly samples: { readonly training: number; readonly test: number };
  /** Weights and tables as stored; float32 of the uncompressed network. */
  readonly float: { readonly bytes: number; readonly accuracy: Accuracies };
  readonly oneShot: { readonly bytes: number; readonly accuracy: Accuracies };
  readonly finetuned: {
    readonly bytes: number;
    readonly accuracy: Accuracies;
    /** In the integers that every board computes with: biases and factors rounded as well. */
    readonly boardAccuracy: number | null;
    readonly epoch: number;
  };
  /** float32 bytes of the weights ÷ bytes as stored. */
  readonly ratio: number;
  readonly early: boolean;
  readonly history: readonly EpochRecord[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly compression: CompressionReport;
}

const percent = (accuracy: number | null): string =>
  accuracy === null ? '–' : `${(100 * accuracy).toFixed(2)} %`;

const line = (name: string, { bytes, accuracy }: FinetuneReport['float']): string =>
  `${name.padEnd(10)} ${bytes.toLocaleString('en-US').padStart(10)} bytes   accuracy ${percent(accuracy.float)} (float activations)   ${percent(accuracy.int8)} (rounded activations)`;

export function finetuneText(report: FinetuneReport): string {
  const { float, oneShot, finetuned, samples } = report;
  return [
    compressText(report.compression),
    '',
    line('float32', float),
    line('one shot', oneShot),
    line('finetuned', finetuned),
    ...(finetuned.boardAccuracy === null
      ? []
      : [`as every board computes it, in integers: ${percent(finetuned.boardAccuracy)}`]),
    '',
    `best of ${report.history.length - 1} epochs: ${finetuned.epoch}${report.early ? ' (ended early)' : ''}; ${report.ratio.toFixed(1)}x smaller than float32 as stored`,
    report.synthetic === null
      ? `${samples.training.toLocaleString('en-US')} samples to train on, ${samples.test.toLocaleString('en-US')} others to test`
      : `trained on ${syntheticText(report.synthetic)}; ${samples.test === 0 ? 'no samples to test: the accuracy is not known' : `${samples.test.toLocaleString('en-US')} samples to test`}`,
  ].join('\n');
}
