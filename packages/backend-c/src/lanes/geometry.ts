import type { WindowGeometry } from '@opq/reference';

/** How a convolution over survivors is cut up: see opq_lanes_shape in opq_kernels.h. */
export interface LanesPlan {
  /** The convolution that is computed; a pointwise one may see its image as fewer, longer rows. */
  readonly window: WindowGeometry;
  readonly depthwise: boolean;
  /** Output rows of a block. */
  readonly blockRows: number;
  /** Words of a row: the output's width where rows are paired, half of it where columns are. */
  readonly tileColumns: number;
  /** Whether all channels are decoded once, before the first block. */
  readonly keepLists: boolean;
  /** Whether a pointwise convolution's only row is computed in pieces of twice `tileColumns`. */
  readonly pieces: boolean;
}

/** opq_lanes_tile of opq_lanes.h, in words. */
export interface LanesTile {
  readonly tileRows: number;
  readonly rows: number;
  readonly columns: number;
  readonly phases: number;
  readonly columnsPaired: boolean;
  /** Of one channel. */
  readonly words: number;
}

/** The same numbers as opq_lanes_tile_of(). */
export function tileOf({ window: g, blockRows, tileColumns, pieces }: LanesPlan): LanesTile {
  const extentY = (g.kernelHeight - 1) * g.dilationHeight;
  const extentX = (g.kernelWidth - 1) * g.dilationWidth;
  const columnsPaired = pieces || tileColumns !== g.outputWidth;
  const tileRows = columnsPaired ? blockRows : Math.floor((blockRows + 1) / 2);
  const rows = tileRows + Math.floor(extentY / g.strideHeight);
  const columns = tileColumns + Math.floor(extentX / g.strideWidth);
  const phases = Math.min(extentY + 1, g.strideHeight) * Math.min(extentX + 1, g.strideWidth);
  return { tileRows, rows, columns, phases, columnsPaired, words: phases * rows * columns };
}

export const blocksOf = ({ window, blockRows, tileColumns, pieces }: LanesPlan): number =>
  pieces ? Math.ceil(window.outputWidth / (2 * tileColumns)) : Math.ceil(window.outputHeight / blockRows);

/** Weights of one output channel. */
export const fanInOf = ({ window: g, depthwise }: LanesPlan): number =>
  g.kernelHeight * g.kernelWidth * (depthwise ? 1 : g.inputChannels);

/** Channels of the input that stand expanded at once. */
const expandedChannels = ({ window, depthwise }: LanesPlan): number => (depthwise ? 1 : window.inputChannels);

/** Bytes of all expanded words; offsets into them have 16 bits. */
export const expandedBytes = (plan: LanesPlan): number => 4 * tileOf(plan).words * expandedChannels(plan);

/** The same number as opq_lanes_conv2d_scratch_size(), or the depthwise one. */
export const lanesScratch = (plan: LanesPlan, lookupWords: number, survivors: number): number =>
  expandedBytes(plan) + 4 * lookupWords + 8 * survivors + 2 * (2 * Math.ceil(fanInOf(plan) / 2));

/** True where the output may overwrite the input, both channels first: no row is read after it was written. */
export function worksInPlace(plan: LanesPlan): boolean {
  const { window: g, depthwise } = plan;
  const same =
    g.strideHeight === 1 &&
    g.strideWidth === 1 &&
    g.inputHeight === g.outputHeight &&
    g.inputWidth === g.outputWidth &&
    (depthwise ? g.outputChannels === g.inputChannels : g.outputChannels <= g.inputChannels);
  const extent = (g.kernelHeight - 1) * g.dilationHeight;
  return same && (blocksOf(plan) === 1 || extent === 0 || (tileOf(plan).columnsPaired && g.padTop <= extent));
}
