import type { CompressResult } from '@opq/pipeline';
import { table } from './tables';

/** What a compression did, for people and programs. */
export interface CompressionReport {
  readonly model: string;
  readonly allocator: string | null;
  readonly budget: Readonly<Record<string, number | string>> | null;
  readonly weights: number;
  /** Bytes of the weights: float32, published accounting (payload bits of the survivors), and as stored in flash. */
  readonly bytes: { readonly float32: number; readonly paper: number; readonly stored: number };
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
    readonly encoding: string;
    readonly stored: number;
  }[];
}

const zeroCount = (levels: Int8Array): number => levels.reduce((n, k) => n + (k === 0 ? 1 : 0), 0);

export function compressReport({ compressed, weights }: CompressResult, file: number): CompressionReport {
  const { model } = compressed;
  if (weights === undefined) {
    const count = model.layers.reduce(
      (n, layer) => n + ('weights' in layer ? (model.tensors[layer.weights]?.data?.length ?? 0) : 0),
      0,
    );
    return {
      model: model.name,
      allocator: null,
      budget: null,
      weights: count,
      bytes: { float32: 4 * count, paper: count, stored: count },
      file,
      layers: [],
    };
  }
  const { totals } = weights;
  return {
    model: model.name,
    allocator: weights.allocator,
    budget: compressed.settings?.budget ?? null,
    weights: totals.weights,
    bytes: { float32: totals.before, paper: totals.bytes.paper, stored: totals.bytes.flash },
    file,
    layers: weights.weights.map((w) => ({
      layer: w.layer,
      weights: w.levels.length,
      pruned: w.pruned / w.levels.length,
      zeros: zeroCount(w.levels) / w.levels.length,
      bits: w.bits,
      levels: w.codebook.length,
      step: w.step,
      gain: w.gain,
      encoding: w.account.form,
      stored: w.account.flash / 8,
    })),
  };
}

const grouped = (n: number): string => n.toLocaleString('en-US');

export function compressText(report: CompressionReport): string {
  const { bytes } = report;
  if (report.allocator === null)
    return `plain int8: ${grouped(report.weights)} weights, ${grouped(bytes.float32)} bytes in float32, ${grouped(bytes.stored)} in int8`;
  const times = (n: number): string => (n === 0 ? '–' : (bytes.float32 / n).toFixed(1));
  return [
    table(
      ['layer', 'weights', 'pruned', 'zeros', 'bits', 'levels', 'step', 'gain', 'encoding', 'bytes'],
      report.layers.map((l) => [
        l.layer,
        grouped(l.weights),
        `${(100 * l.pruned).toFixed(1)} %`,
        `${(100 * l.zeros).toFixed(1)} %`,
        l.bits.toFixed(2),
        String(l.levels),
        l.step.toPrecision(4),
        l.gain,
        l.encoding,
        grouped(l.stored),
      ]),
      [1, 2, 3, 4, 5, 6, 9],
    ),
    '',
    `weights: ${grouped(bytes.float32)} bytes in float32`,
    `paper accounting (bits of the survivors): ${grouped(bytes.paper)} bytes, ${times(bytes.paper)}x smaller`,
    `as stored (masks and codebooks included): ${grouped(bytes.stored)} bytes, ${times(bytes.stored)}x smaller`,
  ].join('\n');
}
