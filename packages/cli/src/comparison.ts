import type { Accounting, Comparison } from '@opq/core';
import type { Model } from '@opq/ir';
import { table } from './tables';

/** All allocators at one budget, for people and programs. */
export interface ComparisonReport {
  readonly model: string;
  readonly budget: Readonly<Record<string, number | string | undefined>>;
  readonly weights: number;
  readonly float32: number;
  /** Share of labelled samples the float network classifies right; null without data. */
  readonly accuracy: number | null;
  readonly allocators: readonly {
    readonly allocator: string;
    readonly sparsity: number;
    readonly bits: number;
    readonly bytes: Readonly<Record<Accounting, number>>;
    /** Float32 bytes over bytes, in published accounting and as stored. */
    readonly ratio: { readonly paper: number; readonly stored: number };
    readonly weightedError: number;
    /** Share of weights that the closed form and the exact order prune differently; null where there is no closed form. */
    readonly disagreement: number | null;
    readonly accuracy: number | null;
    readonly layers: readonly {
      readonly layer: string;
      readonly weights: number;
      readonly sparsity: number;
      readonly bits: number;
      readonly step: number;
      readonly gain: string;
      readonly error: number;
      readonly stored: number;
    }[];
  }[];
}

/** @param accuracies of the float network, then of each allocator; empty without data */
export function compareReport(
  model: Model,
  compared: readonly Comparison[],
  accuracies: readonly number[],
): ComparisonReport {
  const [first] = compared;
  const totals = first?.compression.totals;
  return {
    model: model.name,
    budget: { ...first?.compression.budget },
    weights: totals?.weights ?? 0,
    float32: totals?.before ?? 0,
    accuracy: accuracies[0] ?? null,
    allocators: compared.map(({ allocator, compression, disagreement }, i) => ({
      allocator,
      ...compression.resolved,
      bytes: compression.totals.bytes,
      ratio: {
        paper: compression.totals.before / compression.totals.bytes.paper,
        stored: compression.totals.before / compression.totals.bytes.flash,
      },
      weightedError: compression.totals.weightedError,
      disagreement: disagreement ?? null,
      accuracy: accuracies[i + 1] ?? null,
      layers: compression.weights.map((w) => ({
        layer: w.layer,
        weights: w.levels.length,
        sparsity: w.pruned / w.levels.length,
        bits: w.bits,
        step: w.step,
        gain: w.gain,
        error: w.error,
        stored: w.account.flash / 8,
      })),
    })),
  };
}

const grouped = (n: number): string => n.toLocaleString('en-US');
const percent = (share: number | null, digits = 1): string =>
  share === null ? '' : `${(100 * share).toFixed(digits)} %`;

/** One line per allocator, then the sparsity of every layer under each of them. */
export function compareText(report: ComparisonReport): string {
  const summary = report.allocators.map((a) => [
    a.allocator,
    percent(a.sparsity),
    a.bits.toFixed(2),
    grouped(a.bytes.paper),
    a.ratio.paper.toFixed(1),
    grouped(a.bytes.flash),
    a.ratio.stored.toFixed(1),
    percent(a.disagreement, 2),
    ...(report.accuracy === null ? [] : [percent(a.accuracy, 2)]),
  ]);
  const layers = (report.allocators[0]?.layers ?? []).map((layer, i) => [
    layer.layer,
    grouped(layer.weights),
    ...report.allocators.map(({ layers: own }) => {
      const l = own[i];
      return l === undefined ? '' : `${percent(l.sparsity)} · ${l.bits.toFixed(1)} · ${percent(l.error)}`;
    }),
  ]);
  const names = report.allocators.map((a) => a.allocator);
  const columns = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i);
  return [
    table(
      ['allocator', 'pruned', 'bits', 'paper bytes', 'x', 'stored bytes', 'x', 'laplace vs exact', ...(report.accuracy === null ? [] : ['accuracy'])],
      summary,
      columns(1, 8),
    ),
    '',
    'pruned · bits of a survivor · relative squared error, of each layer:',
    table(['layer', 'weights', ...names], layers, columns(1, names.length + 1)),
    ...(report.accuracy === null ? [] : ['', `accuracy in float32: ${percent(report.accuracy, 2)}`]),
  ].join('\n');
} // prettier-ignore
