import type { Core } from '@opq/backend';
import { blocksOf, fanInOf, tileOf, type LanesPlan } from '../lanes/geometry';
import type { LanesLayer } from '../lanes/candidates';
import type { SurvivorLists } from '../lanes/survivors';
import { COEFFICIENTS, type Coefficients } from './coefficients';

const sum = (numbers: readonly number[]): number => numbers.reduce((n, own) => n + own, 0);

/** Words abreast in one pass, and which of them a core has a loop for. */
const WIDEST = 8;

/** Instructions of one pass: so many survivors, over `width` words. */
export const passCost = (c: Coefficients, survivors: number, width: number): number =>
  c.pass + (survivors / 4) * (c.quad[width - 1] ?? 0);

/**
 * How a row of words is cut into passes at the least cost.
 * @param survivors of an average list
 * @returns widths, the wider first
 */
export function cutRow(c: Coefficients, columns: number, survivors: number): readonly number[] {
  const best: { readonly cost: number; readonly widths: readonly number[] }[] = [{ cost: 0, widths: [] }];
  for (let n = 1; n <= columns; n++) {
    let choice = { cost: Infinity, widths: [] as readonly number[] };
    for (let width = 1; width <= Math.min(WIDEST, n); width++) {
      const rest = best[n - width];
      if (rest === undefined) continue;
      const cost = rest.cost + passCost(c, survivors, width);
      if (cost < choice.cost) choice = { cost, widths: [...rest.widths, width] };
    }
    best.push(choice);
  }
  return (best[columns]?.widths ?? []).toSorted((a, b) => b - a);
}

/** Narrowest and widest pass of opq_lanes_window.c. */
const NARROWEST = 4;
const WIDEST_WINDOW = 6;

/**
 * How a row of words is cut into passes of opq_lanes_window.c.
 * @returns undefined where there is none
 */
export function cutWindows(columns: number): readonly number[] | undefined {
  const count = Math.ceil(columns / WIDEST_WINDOW);
  if (count * NARROWEST > columns) return undefined;
  return Array.from({ length: count }, (_, i) => Math.floor((columns + count - 1 - i) / count));
}

/** Whether opq_lanes_window_qualifies(), but for its widths and the output's layout. */
export const mayUseWindows = ({ window: g, depthwise }: LanesPlan): boolean =>
  depthwise &&
  g.kernelHeight === 3 && g.kernelWidth === 3 &&
  g.strideHeight * g.strideWidth * g.dilationHeight * g.dilationWidth === 1; // prettier-ignore

/** Whether opq_lanes_has_vectors(), for a layer that is not depthwise. */
const hasVectors = (core: Core, depthwise: boolean): boolean =>
  COEFFICIENTS[core].vectors !== undefined && !depthwise;

/** Whether a core's kernels store a layer's outputs in packs, see lanes/packed.ts. */
export const packsOutputs = (core: Core, depthwise: boolean): boolean =>
  COEFFICIENTS[core].packed !== undefined && !hasVectors(core, depthwise);

/** Words in a vector, and vectors abreast in one pass of opq_lanes_vectors.c. */
const VECTOR = 4;
const ABREAST = 6;

/** Instructions of one row of all channels by vectors. */
function vectorRow(c: NonNullable<Coefficients['vectors']>, columns: number, lists: SurvivorLists): number {
  const count = Math.ceil(columns / VECTOR);
  const passes = Math.ceil(count / ABREAST);
  return lists.survivors.reduce((n, survivors, channel) => {
    const segments = lists.segments[channel] ?? 1;
    const multiplied = survivors * (passes * c.survivor + count * c.vector);
    return n + multiplied + passes * c.pass * segments + count * c.store;
  }, 0);
}

/** Narrowest pass that stores in packs. */
const NARROWEST_PACKED = 4;

/** How rows are cut into passes. */
export interface RowCuts {
  /** Widths of the passes over a row of a tile, in words. */
  readonly row: readonly number[];
  /** The same of the last piece where it is shorter; empty where it is not. */
  readonly last: readonly number[];
}

/** Instructions that make words of pixels: rows, and what stands around them for a channel of a tile. */
function expansionCost(c: Coefficients, plan: LanesPlan, { last }: RowCuts, planarInput: boolean): { readonly cost: number; readonly words: number } {
  const { window: g, depthwise } = plan;
  const tile = tileOf(plan);
  const blocks = blocksOf(plan);
  const shared = tile.columnsPaired && !depthwise ? tile.rows - tile.tileRows : 0;
  const channelTiles = (depthwise ? 1 : blocks) * g.inputChannels;
  const sharedRows = tile.phases * shared * (blocks - 1) * g.inputChannels;
  const rows = tile.phases * tile.rows * channelTiles - sharedRows;
  const left = last.length === 0 ? 0 : (tile.columns - sum(last)) * g.inputChannels;
  const inside = rows * plan.tileColumns - left;
  const words = rows * tile.columns - left;
  if (depthwise && c.planes !== undefined)
    return { cost: inside * c.planes.word + rows * c.planes.row + channelTiles * c.planes.plane, words };
  // Pixels that are farther apart are taken one by one.
  const perWord = g.strideWidth * (planarInput ? 1 : g.inputChannels) > 2 ? c.outerWord : c.expandWord;
  // Channels of a tile of one row are expanded by one call.
  const calls = tile.words === tile.columns && !depthwise ? blocks : channelTiles;
  const cost =
    rows * c.expandRow + inside * perWord + (words - inside) * c.outerWord + sharedRows * c.moveWord * tile.columns + calls * c.expandChannel;
  return { cost, words };
} // prettier-ignore

/** Instructions of one convolution over survivors. */
export function lanesCost(core: Core, plan: LanesPlan, cuts: RowCuts, layer: LanesLayer): number {
  const c = COEFFICIENTS[core];
  const { survivors, lists, planarOutput, quick, packed, whole } = layer;
  const { window: g, depthwise, blockRows } = plan;
  const tile = tileOf(plan);
  const blocks = blocksOf(plan);
  const fanIn = fanInOf(plan);
  const count = { weights: g.outputChannels * fanIn, survivors: sum(lists.survivors), channels: g.outputChannels };
  const listed = whole ? 0 : g.outputChannels * c.listed;
  const decodes = plan.keepLists ? 1 : blocks;
  const decoded = decodes * (survivors.instructions(core, count) + listed) + fanIn * c.offset;
  const expanded = expansionCost(c, plan, cuts, layer.planarInput);
  const heights = Array.from({ length: blocks }, (_, b) => Math.min(tile.tileRows, g.outputHeight - b * blockRows));
  // Rows of whole tiles, and the row of the last piece where that is shorter.
  const lastRows = cuts.last.length === 0 ? 0 : 1;
  const rows = (plan.pieces ? blocks : sum(heights)) - lastRows;
  if (c.vectors !== undefined && planarOutput && hasVectors(core, depthwise)) {
    const row = vectorRow(c.vectors, plan.tileColumns, lists);
    const computed = rows * row + lastRows * vectorRow(c.vectors, sum(cuts.last), lists);
    const channels = blocks * g.outputChannels * c.channel;
    return Math.round(expanded.cost + expanded.words * c.vectors.half + decoded + computed + channels + c.layer);
  }
  const windows =
    c.window !== undefined && planarOutput && mayUseWindows(plan) &&
    cuts.row.every((w) => w >= NARROWEST && w <= WIDEST_WINDOW)
      ? c.window
      : undefined;
  const windowRow = sum(cuts.row.map((width) => windows?.pass[width - NARROWEST] ?? 0));
  const packedRow = (widths: readonly number[]): number => sum(widths.map((width) => c.packed?.[width - NARROWEST_PACKED] ?? 0));
  const less = rows * packedRow(cuts.row) + lastRows * packedRow(cuts.last);
  const single = planarOutput && tile.tileRows === 1 && tile.columnsPaired ? c.singleRow : undefined;
  const spread = planarOutput ? undefined : c.spread;
  const computed = lists.survivors.reduce((n, own, channel) => {
    const segments = lists.segments[channel] ?? 1;
    const isQuick = quick[channel] === true;
    const isPacked = packed[channel] === true && planarOutput;
    if (windows !== undefined && segments === 1 && isQuick)
      return n + rows * windowRow - (isPacked ? less : 0) + (whole ? windows.whole : windows.channel) + c.channel;
    const direct = segments === 1 && isQuick ? single : undefined;
    const perPass = direct?.pass ?? spread?.pass ?? c.pass;
    const perWord = 2 * (isQuick ? (spread?.store ?? c.store.fast) : c.store.plain);
    const perSegmented = 2 * (isQuick ? c.store.fast : c.store.plain);
    const row = (widths: readonly number[]): number =>
      c.row +
      sum(
        widths.map((width) =>
          segments > 1
            ? passCost(c, own, width) - c.pass + (segments + 1) * c.segmentPass + width * (segments * c.store.segment + perSegmented)
            : passCost(c, own, width) + perPass - c.pass + width * perWord,
        ),
      );
    const downs = direct === undefined && segments === 1 ? blocks * cuts.row.length * c.down : 0;
    const all = downs + rows * row(cuts.row) + (lastRows === 0 ? 0 : row(cuts.last));
    const cut = segments > 1 ? decodes * own * c.cut : 0;
    return n + all + cut - (isPacked ? less : 0) + blocks * (direct?.channel ?? c.channel);
  }, 0);
  return Math.round(expanded.cost + decoded + computed + c.layer);
} // prettier-ignore
