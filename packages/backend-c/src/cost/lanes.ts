import type { Core } from '@opq/backend';
import { blocksOf, fanInOf, tileOf, type LanesPlan } from '../lanes/geometry';
import type { LanesLayer } from '../lanes/candidates';
import type { SurvivorLists } from '../lanes/survivors';
import { COEFFICIENTS, type Coefficients } from './coefficients';

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
export const mayUseWindows = ({ window: g, depthwise, tileColumns }: LanesPlan): boolean =>
  depthwise &&
  g.kernelHeight === 3 && g.kernelWidth === 3 &&
  g.strideHeight * g.strideWidth * g.dilationHeight * g.dilationWidth === 1 &&
  (tileColumns === g.outputWidth || g.outputWidth % 2 === 0); // prettier-ignore

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

/** Instructions of one convolution over survivors. */
export function lanesCost(
  core: Core,
  plan: LanesPlan,
  widths: readonly number[],
  { survivors, lists, planarOutput, fastRequantisation, packed, whole }: LanesLayer,
): number {
  const c = COEFFICIENTS[core];
  const { window: g, depthwise, blockRows } = plan;
  const tile = tileOf(plan);
  const blocks = blocksOf(plan);
  const shared = tile.columnsPaired && !depthwise ? tile.rows - tile.tileRows : 0;
  const channelTiles = (depthwise ? 1 : blocks) * g.inputChannels;
  const sharedRows = tile.phases * shared * (blocks - 1) * g.inputChannels;
  const rowsExpanded = tile.phases * tile.rows * channelTiles - sharedRows;
  const expanded =
    rowsExpanded * (c.expandRow + c.expandWord * tile.columns) +
    sharedRows * c.moveWord * tile.columns +
    channelTiles * c.expandChannel;
  const decodes = plan.keepLists ? 1 : blocks;
  const fanIn = fanInOf(plan);
  const count = {
    weights: g.outputChannels * fanIn,
    survivors: lists.survivors.reduce((n, s) => n + s, 0),
    channels: g.outputChannels,
  };
  const decoded =
    decodes * (survivors.instructions(core, count) + (whole ? 0 : g.outputChannels * c.listed)) +
    fanIn * c.offset;
  const rows = plan.pieces
    ? blocks
    : Array.from({ length: blocks }, (_, b) =>
        Math.min(tile.tileRows, g.outputHeight - b * blockRows),
      ).reduce((n, r) => n + r, 0);
  const windows =
    c.window !== undefined && fastRequantisation && planarOutput && mayUseWindows(plan) &&
    widths.every((w) => w >= NARROWEST && w <= WIDEST_WINDOW)
      ? c.window
      : undefined; // prettier-ignore
  const windowRow = widths.reduce((n, width) => n + (windows?.pass[width - NARROWEST] ?? 0), 0);
  const spread = planarOutput ? undefined : c.spread;
  const perWord = 2 * (fastRequantisation ? (spread?.store ?? c.store.fast) : c.store.plain);
  const perSegmented = 2 * (fastRequantisation ? c.store.fast : c.store.plain);
  const perPass = spread === undefined ? 0 : spread.pass - c.pass;
  const packedRow = widths.reduce((n, width) => n + (c.packed?.[width - NARROWEST_PACKED] ?? 0), 0);
  if (c.vectors !== undefined && planarOutput && hasVectors(core, depthwise)) {
    const halves = rowsExpanded * tile.columns * c.vectors.half;
    const channels = blocks * g.outputChannels * c.channel;
    return Math.round(
      expanded + halves + decoded + rows * vectorRow(c.vectors, plan.tileColumns, lists) + channels + c.layer,
    );
  }
  const computed = lists.survivors.reduce((n, own, channel) => {
    const segments = lists.segments[channel] ?? 1;
    const less = packed[channel] === true && planarOutput ? rows * packedRow : 0;
    if (windows !== undefined && segments === 1)
      return n + rows * windowRow - less + (whole ? windows.whole : windows.channel) + c.channel;
    const row = widths.reduce(
      (m, width) =>
        m +
        passCost(c, own, width) +
        (segments > 1
          ? segments * (c.pass + width * c.store.segment) + width * perSegmented
          : perPass + width * perWord),
      0,
    );
    return n + rows * (row + c.row) - less + blocks * c.channel;
  }, 0);
  return Math.round(expanded + decoded + computed + c.layer);
}
