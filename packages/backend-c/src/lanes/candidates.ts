import type { Core, SurvivorDecoder } from '@opq/backend';
import type { WindowGeometry } from '@opq/reference';
import { COEFFICIENTS } from '../cost/coefficients';
import { cutRow, cutWindows, lanesCost, mayUseWindows, type RowCuts } from '../cost/lanes';
import { expandedBytes, lanesScratch, worksInPlace, type LanesPlan } from './geometry';
import { listEntries, MOST_SEGMENTS, type SurvivorLists } from './survivors';

/** One way to compute a convolution over survivors, with what it costs. */
export interface LanesCandidate {
  readonly plan: LanesPlan;
  /** How a row of words is cut into passes. */
  readonly cuts: RowCuts;
  readonly lookupWords: number;
  /** Entries of lists in scratch. */
  readonly entries: number;
  readonly scratchBytes: number;
  readonly instructions: number;
  /** Whether weights are decoded as they are, without lists: 3x3 windows of a depthwise layer. */
  readonly whole: boolean;
  /** Whether the output may overwrite the input where both have the channels first. */
  readonly inPlace: boolean;
}

export interface LanesLayer {
  readonly window: WindowGeometry;
  readonly depthwise: boolean;
  /** What fills the lists; for windows that need none what decodes all weights. */
  readonly survivors: SurvivorDecoder;
  /** Whether weights are decoded without lists. */
  readonly whole: boolean;
  readonly lists: SurvivorLists;
  readonly bias: Int32Array | undefined;
  /** Whether the input is going to stand with its channels first, and the output. */
  readonly planarInput: boolean;
  readonly planarOutput: boolean;
  /** Whether each channel's requantisation can take the fast way. */
  readonly quick: readonly boolean[];
  /** Whether each channel's outputs may be stored in packs; empty: none. */
  readonly packed: readonly boolean[];
}

/** Offsets into expanded words have 16 bits. */
const MOST_EXPANDED = 65536;
const LARGEST_BIAS = 2 ** 29;

const isPointwise = (g: WindowGeometry): boolean =>
  g.kernelHeight * g.kernelWidth === 1 && g.strideHeight * g.strideWidth === 1 &&
  g.inputHeight === g.outputHeight && g.inputWidth === g.outputWidth; // prettier-ignore

/** Words abreast that pass over survivors best. */
const BEST_WIDTH = 7;

/** A pointwise convolution sees its pixels as one row, computed at once or in pieces of half a row or less. */
function pointwisePlans(g: WindowGeometry): readonly LanesPlan[] {
  const pixels = g.outputHeight * g.outputWidth;
  const window = { ...g, inputHeight: 1, inputWidth: pixels, outputHeight: 1, outputWidth: pixels };
  const half = Math.ceil(pixels / 2);
  const columns = [
    ...Array.from({ length: 32 }, (_, i) => Math.ceil(half / (i + 1))),
    ...Array.from({ length: 32 }, (_, i) => BEST_WIDTH * (i + 1)),
  ];
  const fits = (n: number): boolean => n < half && (pixels % (2 * n) === 0 || pixels % (2 * n) > n);
  const plan = { window, depthwise: false, blockRows: 1 } as const;
  return [
    { ...plan, tileColumns: half, keepLists: false, pieces: false },
    ...[...new Set(columns)].filter(fits).flatMap((tileColumns) =>
      [false, true].map((keepLists) => ({ ...plan, tileColumns, keepLists, pieces: true })),
    ),
  ];
} // prettier-ignore

function plansOf(window: WindowGeometry, depthwise: boolean): readonly LanesPlan[] {
  const { outputHeight: height, outputWidth: width } = window;
  if (!depthwise && isPointwise(window) && height * width > 1 && height * width <= 32767)
    return pointwisePlans(window);
  const half = Math.ceil(width / 2);
  const rowCounts = depthwise
    ? [height]
    : [...new Set([height, ...Array.from({ length: Math.min(height, 64) }, (_, i) => i + 1)])];
  return rowCounts.flatMap((blockRows) => {
    const keep = blockRows < height ? [false, true] : [false];
    const pairs = [...(blockRows > 1 || width === 1 ? [width] : []), ...(half < width ? [half] : [])];
    return pairs.flatMap((tileColumns) =>
      keep.map((keepLists) => ({ window, depthwise, blockRows, tileColumns, keepLists, pieces: false })),
    );
  });
}

/** Ways that are not worse than another in both scratch and instructions, the fastest first. */
function pareto(candidates: readonly LanesCandidate[]): readonly LanesCandidate[] {
  const sorted = candidates.toSorted(
    (a, b) => a.instructions - b.instructions || a.scratchBytes - b.scratchBytes,
  );
  const kept: LanesCandidate[] = [];
  for (const candidate of sorted) {
    const beaten = kept.some(
      (k) => k.scratchBytes <= candidate.scratchBytes && (k.inPlace || !candidate.inPlace),
    );
    if (!beaten) kept.push(candidate);
  }
  return kept;
}

/** All sensible ways to compute a layer over survivors; none where it does not qualify. */
export function lanesCandidates(layer: LanesLayer, core: Core): readonly LanesCandidate[] {
  const c = COEFFICIENTS[core];
  const { lists, window, depthwise } = layer;
  const { lookupWords } = layer.survivors;
  if (lists.segments.some((n) => n > MOST_SEGMENTS)) return [];
  if (layer.bias?.some((b) => Math.abs(b) > LARGEST_BIAS) === true) return [];
  const whole = layer.whole;
  const mean = lists.survivors.reduce((n, s) => n + s, 0) / Math.max(1, lists.survivors.length);
  return pareto(
    plansOf(window, depthwise)
      .filter((plan) => expandedBytes(plan) <= MOST_EXPANDED)
      .flatMap((plan) => {
        const windows =
          c.window === undefined || !mayUseWindows(plan) ? undefined : cutWindows(plan.tileColumns);
        const left = plan.pieces ? Math.ceil((plan.window.outputWidth % (2 * plan.tileColumns)) / 2) : 0;
        const last = left === 0 ? [] : cutRow(c, left, mean);
        const rows = whole ? [] : [cutRow(c, plan.tileColumns, mean)];
        return [...rows, ...(windows === undefined ? [] : [windows])].map((row) => ({
          plan,
          cuts: { row, last },
        }));
      })
      .map(({ plan, cuts }): LanesCandidate => {
        const entries = listEntries(lists, plan.keepLists);
        return {
          plan,
          cuts,
          lookupWords,
          entries,
          scratchBytes: lanesScratch(plan, lookupWords, entries),
          whole,
          instructions: lanesCost(core, plan, cuts, layer),
          inPlace: worksInPlace(plan),
        };
      })
      .filter(({ entries, scratchBytes }) => entries <= 32767 && scratchBytes <= 1 << 20),
  );
}
