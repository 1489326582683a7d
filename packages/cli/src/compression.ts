import type { Emission } from '@opq/backend';
import { ACCOUNTINGS, type Accounting } from '@opq/core';
import type { CompressResult } from '@opq/pipeline';
import { syntheticText, type SyntheticReport } from './synthetic-options';
import { table } from './tables';

/** What a compression did, for people and programs. */
export interface CompressionReport {
  readonly model: string;
  readonly allocator: string | null;
  readonly budget: Readonly<Record<string, number | string>> | null;
  readonly weights: number;
  /** Multiplications of one inference, of all weights and of those that survive; null without compression. */
  readonly macs: { readonly before: number; readonly left: number } | null;
  /** Bytes of the weights in float32, and compressed in every accounting; `flash` is what is stored, tables included. */
  readonly bytes: { readonly float32: number } & Readonly<Record<Accounting, number>>;
  /** Bytes that one board stores; null where the target refuses the model. */
  readonly flash: {
    readonly target: string;
    /** Weights and their tables, as the budget counted them and as they were emitted. */
    readonly stored: number;
    readonly emitted: number;
    /** Biases, scales, descriptions of layers. */
    readonly fixed: number;
    readonly total: number;
  } | null;
  /** Sparsity of all weights and average bits of a survivor. */
  readonly resolved: { readonly sparsity: number; readonly bits: number } | null;
  /** Steps around the compression that were taken. */
  readonly repairs: readonly string[];
  /** Inputs made up for calibration and repair; null where real ones were there, or none. */
  readonly synthetic: SyntheticReport | null;
  /** Bytes of model.opq. */
  readonly file: number;
  readonly layers: readonly {
    readonly layer: string;
    readonly weights: number;
    /** Share of weights the mask holds at zero, and of all zeros. */
    readonly pruned: number;
    readonly zeros: number;
    readonly bits: number;
    readonly levels: number;
    readonly step: number;
    readonly gain: string;
    /** Σ (w − ŵ)² / Σ w² */
    readonly error: number;
    /** Σ (y − ŷ)² / Σ y² of its outputs over the samples that repaired it; null where it was not reconstructed. */
    readonly outputError: number | null;
    readonly encoding: string;
    readonly stored: number;
  }[];
}

const zeroCount = (levels: Int8Array): number => levels.reduce((n, k) => n + (k === 0 ? 1 : 0), 0);

const int8Bytes = (count: number) => ({
  float32: 4 * count,
  paper: count,
  bitmap: count,
  entropy: count,
  flash: count,
});

/** @param emission what the target stores; undefined where it refuses the model */
export function compressReport(
  { compressed, weights, repairs, reconstructed = [] }: CompressResult,
  file: number,
  target: string,
  emission: Emission | undefined,
  synthetic: SyntheticReport | null,
): CompressionReport {
  const { model } = compressed;
  const count = model.layers.reduce(
    (n, layer) => n + ('weights' in layer ? (model.tensors[layer.weights]?.data?.length ?? 0) : 0),
    0,
  );
  const bytes =
    weights === undefined ? int8Bytes(count) : { float32: weights.totals.before, ...weights.totals.bytes };
  const emitted = emission?.perLayer.reduce((n, layer) => n + layer.weightBytes, 0);
  return {
    model: model.name,
    allocator: weights?.allocator ?? null,
    budget: compressed.settings?.budget ?? null,
    weights: count,
    macs: weights?.totals.macs ?? null,
    bytes,
    flash:
      emission === undefined || emitted === undefined
        ? null
        : { target, stored: bytes.flash, emitted, fixed: emission.flash - emitted, total: emission.flash },
    resolved: weights?.resolved ?? null,
    repairs: Object.entries(repairs ?? {}).flatMap(([step, taken]) => (taken ? [step] : [])),
    synthetic,
    file,
    layers: (weights?.weights ?? []).map((w) => ({
      layer: w.layer,
      weights: w.levels.length,
      pruned: w.pruned / w.levels.length,
      zeros: zeroCount(w.levels) / w.levels.length,
      bits: w.bits,
      levels: w.codebook.length,
      step: w.step,
      gain: w.gain,
      error: w.error,
      outputError: reconstructed.find((r) => r.layer === w.layer)?.after ?? null,
      encoding: w.account.form,
      stored: w.account.flash / 8,
    })),
  };
}

const grouped = (n: number): string => n.toLocaleString('en-US');

const SAYS: Readonly<Record<Accounting, string>> = {
  paper: 'paper accounting (bits of the survivors)',
  bitmap: 'with a mask of one bit a weight',
  entropy: 'entropy of the levels',
  flash: 'as stored (masks and codebooks included)',
};

export function compressText(report: CompressionReport): string {
  const { bytes, flash } = report;
  const times = (n: number): string => (n === 0 ? '–' : (bytes.float32 / n).toFixed(1));
  const stored =
    flash === null
      ? []
      : [
          `flash on ${flash.target}: ${grouped(flash.total)} bytes (weights ${grouped(flash.emitted)}, biases, scales and layers ${grouped(flash.fixed)})`,
        ];
  const repaired = report.repairs.includes('reconstruction') || report.repairs.includes('biasCorrection');
  const made =
    report.synthetic === null
      ? []
      : [`calibrated${repaired ? ' and repaired' : ''} on ${syntheticText(report.synthetic)}`];
  if (report.allocator === null)
    return [
      `plain int8: ${grouped(report.weights)} weights, ${grouped(bytes.float32)} bytes in float32, ${grouped(bytes.flash)} in int8`,
      ...stored,
      ...made,
    ].join('\n');
  return [
    table(
      ['layer', 'weights', 'pruned', 'zeros', 'bits', 'levels', 'step', 'gain', 'error', 'encoding', 'bytes'],
      report.layers.map((l) => [
        l.layer,
        grouped(l.weights),
        `${(100 * l.pruned).toFixed(1)} %`,
        `${(100 * l.zeros).toFixed(1)} %`,
        l.bits.toFixed(2),
        String(l.levels),
        l.step.toPrecision(4),
        l.gain,
        `${(100 * l.error).toFixed(2)} %`,
        l.encoding,
        grouped(l.stored),
      ]),
      [1, 2, 3, 4, 5, 6, 8, 10],
    ),
    '',
    `weights: ${grouped(bytes.float32)} bytes in float32`,
    ...ACCOUNTINGS.map(
      (mode) => `${SAYS[mode]}: ${grouped(bytes[mode])} bytes, ${times(bytes[mode])}x smaller`,
    ),
    ...multiplications(report.macs),
    ...stored,
    ...made,
  ].join('\n');
}

const multiplications = (macs: CompressionReport['macs']): readonly string[] =>
  macs === null || macs.before === 0
    ? []
    : [
        `multiplications of one inference: ${grouped(macs.left)} of ${grouped(macs.before)} (${((100 * macs.left) / macs.before).toFixed(1)} %)`,
      ];
