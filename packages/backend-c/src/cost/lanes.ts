import type { EncodedWeights } from '@opq/encodings';
import { WIDE } from '@opq/encodings';
import { blocksOf, fanInOf, tileOf, type LanesPlan } from '../lanes/geometry';
import type { SurvivorLists } from '../lanes/survivors';
import type { Coefficients } from './coefficients';

/** Words abreast in one pass, and which of them a core has a loop for. */
const WIDEST = 8;

/** Instructions of one pass: a quad of survivors `quads` times, over `width` words. */
export const passCost = (c: Coefficients, quads: number, width: number): number =>
  c.pass + quads * (c.quad[width - 1] ?? 0);

/**
 * How a row of words is cut into passes at the least cost.
 * @param quads of an average list
 * @returns widths, the wider first
 */
export function cutRow(c: Coefficients, columns: number, quads: number): readonly number[] {
  const best: { readonly cost: number; readonly widths: readonly number[] }[] = [{ cost: 0, widths: [] }];
  for (let n = 1; n <= columns; n++) {
    let choice = { cost: Infinity, widths: [] as readonly number[] };
    for (let width = 1; width <= Math.min(WIDEST, n); width++) {
      const rest = best[n - width];
      if (rest === undefined) continue;
      const cost = rest.cost + passCost(c, quads, width);
      if (cost < choice.cost) choice = { cost, widths: [...rest.widths, width] };
    }
    best.push(choice);
  }
  return (best[columns]?.widths ?? []).toSorted((a, b) => b - a);
}

const decodeCost = (c: Coefficients, { form, bits }: EncodedWeights): number =>
  form === 'entropy' ? (bits === WIDE ? c.decode.entropyWide : c.decode.entropy) : c.decode.any;

/** Instructions of one convolution over survivors. */
export function lanesCost(
  c: Coefficients,
  plan: LanesPlan,
  widths: readonly number[],
  encoded: EncodedWeights,
  lists: SurvivorLists,
  fastRequantisation: boolean,
): number {
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
  const survivors = lists.survivors.reduce((n, s) => n + s, 0);
  const decoded =
    decodes *
      (g.outputChannels * (fanIn * decodeCost(c, encoded) + c.decode.channel) +
        survivors * (encoded.bits === WIDE ? c.decode.survivorWide : c.decode.survivor)) +
    fanIn * c.offset;
  const rows = plan.pieces
    ? blocks
    : Array.from({ length: blocks }, (_, b) =>
        Math.min(tile.tileRows, g.outputHeight - b * blockRows),
      ).reduce((n, r) => n + r, 0);
  const perWord = 2 * (fastRequantisation ? c.store.fast : c.store.plain);
  const computed = lists.quads.reduce((n, quads, channel) => {
    const segments = lists.segments[channel] ?? 1;
    const row = widths.reduce(
      (m, width) =>
        m +
        passCost(c, quads, width) +
        (segments > 1
          ? segments * (c.pass + width * c.store.segment) + 2 * width * c.store.plain
          : width * perWord),
      0,
    );
    return n + rows * (row + c.row) + blocks * c.channel;
  }, 0);
  return Math.round(expanded + decoded + computed + c.layer);
}
