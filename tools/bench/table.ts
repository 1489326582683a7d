import { table } from '@opq/cli';
import type { Difference } from './comparison';
import { isMeasured, keyOf, type BenchLayer, type BenchRow, type MeasuredRow } from './row';

export const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
/** A change with its sign. */
const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

/** Head and cells of a table, for terminals and for Markdown. */
export interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers. */
  readonly right: readonly number[];
}

const range = (from: number, past: number): readonly number[] =>
  Array.from({ length: past - from }, (_, i) => from + i);

function measuredCells(row: MeasuredRow): readonly string[] {
  return [
    grouped(row.instructions),
    (row.instructions / row.macs).toFixed(2),
    grouped(row.flash.model),
    grouped(row.flash.code),
    grouped(row.ram.arena),
    grouped(row.ram.stack),
    percent(row.accuracy),
    row.bitExact ? 'yes' : 'NO',
  ];
}

export function summaryCells(rows: readonly BenchRow[]): Cells {
  return {
    head: ['model', 'variant', 'board', 'instructions', 'per MAC', 'model bytes', 'code bytes', 'arena', 'stack', 'accuracy', 'bit-exact'],
    rows: rows.map((row) => [
      row.model,
      row.variant,
      row.board,
      ...(isMeasured(row) ? measuredCells(row) : [`refused: ${row.refused}`, ...Array<string>(7).fill('')]),
    ]),
    right: range(3, 10),
  };
} // prettier-ignore

/** Layers of one row; predictions stand beside what was counted where there are any. */
export function layerCells(layers: readonly BenchLayer[]): Cells {
  const foretold = layers.some(({ predicted }) => predicted !== undefined);
  const prediction = ({ predicted, instructions }: BenchLayer): readonly string[] =>
    predicted === undefined
      ? ['', '']
      : [grouped(predicted), instructions === 0 ? '' : signed(predicted / instructions - 1)];
  return {
    head: ['layer', 'kind', 'encoding', 'bytes', 'MACs', 'instructions', 'per MAC', ...(foretold ? ['predicted', 'error'] : [])],
    rows: layers.map((layer) => [
      layer.layer,
      layer.kind,
      layer.encoding,
      grouped(layer.bytes),
      grouped(layer.macs),
      grouped(layer.instructions),
      layer.macs === 0 ? '' : (layer.instructions / layer.macs).toFixed(2),
      ...(foretold ? prediction(layer) : []),
    ]),
    right: range(3, foretold ? 9 : 7),
  };
} // prettier-ignore

const text = ({ head, rows, right }: Cells): string => table(head, rows, right);

/** How exact the counts are, for each board. */
export function resolutions(rows: readonly BenchRow[]): readonly string[] {
  const boards = new Map(rows.filter(isMeasured).map((row) => [row.board, row]));
  return [...boards.values()].map(
    ({ board, instructionsPerTick }) =>
      `${board}: a tick of the timer is ${instructionsPerTick.toFixed(3)} instructions`,
  );
}

/** How many samples the figures of each model are from. */
export function sampleLines(rows: readonly BenchRow[]): readonly string[] {
  const models = new Map(rows.filter(isMeasured).map((row) => [row.model, row]));
  return [...models.values()].map(
    ({ model, accuracySamples, boardSamples }) =>
      `${model}: accuracy over ${grouped(accuracySamples)} samples on the host, bits and instructions over ${grouped(boardSamples)} on the board`,
  );
}

/** The differences to the baseline, a line each. */
export function differenceLines(found: readonly Difference[]): readonly string[] {
  return found.map(
    ({ key, what, before, after, change, verdict }) =>
      `${verdict.padEnd(10)}  ${key}: ${what} ${before} → ${after}${change === undefined ? '' : ` (${signed(change)})`}`,
  );
}

/** The table for a terminal. @param layers with a table of layers for every row */
export function benchText(rows: readonly BenchRow[], layers: boolean): string {
  return [
    text(summaryCells(rows)),
    '',
    ...sampleLines(rows),
    ...resolutions(rows),
    ...(layers
      ? rows.filter(isMeasured).flatMap((row) => ['', keyOf(row), text(layerCells(row.layers))])
      : []),
  ].join('\n');
}
