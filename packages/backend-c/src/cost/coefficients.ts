import type { Core } from '@opq/backend';
import { BASELINE } from './cores/baseline';
import { DSP } from './cores/dsp';
import { MVE } from './cores/mve';
import { RISCV } from './cores/riscv';
import { WORD } from './cores/word';
import { XTENSA } from './cores/xtensa';

/**
 * Instructions of the steps of kernels, counted on an emulated core. They serve to choose between ways to compute a layer,
 * and to predict what it will take.
 */
export interface Coefficients {
  /** A call and what stands outside all loops. */
  readonly layer: number;
  /** A layer whose output is its input: what the count between two layers takes. */
  readonly untouched: number;
  /** Plain kernels of convolutions: a product of four at once, one left over, a run of them, an output. */
  readonly plain: {
    readonly mac: number;
    readonly rest: number;
    readonly run: number;
    readonly output: number;
  };
  /** opq_fully_connected(): a product, an output. */
  readonly fullyConnected: { readonly mac: number; readonly output: number };
  /** A weight that the plain kernels decode before they use it; int8 is not decoded. */
  readonly decodePlain: { readonly entropy: number; readonly bitmap: number; readonly packed: number };
  /** An element of a layer without weights, by its kind, and where the kind is not listed. */
  readonly other: Readonly<Record<string, number>>;
  /** Average pooling: one output, an element, an element of an image with its channels first. */
  readonly pool: { readonly output: number; readonly element: number; readonly planar: number };
  /** The same with channels last: an output, a row of its window, an element. Absent: by `pool`. */
  readonly poolLast?: { readonly output: number; readonly row: number; readonly element: number };
  readonly otherwise: number;
  /** An addition by tables: making them, one element. */
  readonly addTables: number;
  readonly addTabled: number;
  /** One expanded word, a row of them, a channel; one word moved to the next block; one word of a column that is not inside for both lanes. */
  readonly expandWord: number;
  readonly expandRow: number;
  readonly expandChannel: number;
  readonly moveWord: number;
  readonly outerWord: number;
  /**
   * The planes of a depthwise layer, one after the other: a word inside, a row of them, a plane. Absent: as other channels.
   */
  readonly planes?: { readonly word: number; readonly row: number; readonly plane: number };
  readonly offset: number;
  /** For each weight: of streams that are decoded straight to survivors, and of any others; more for a survivor. */
  readonly decode: {
    readonly entropy: number;
    readonly entropyWide: number;
    readonly any: number;
    readonly survivor: number;
    readonly survivorWide: number;
    readonly channel: number;
  };
  /** opq_decode_gaps(): a zero, a survivor with the gap behind it, a run. */
  readonly decodeGaps: { readonly zero: number; readonly survivor: number; readonly run: number };
  /** opq_survive_gaps(): the same, a call for a channel, tables made for a stream. */
  readonly surviveGaps: {
    readonly survivor: number;
    readonly run: number;
    readonly channel: number;
    readonly layer: number;
  };
  /** opq_decode_hops(): a zero, a survivor or a byte that leads on. */
  readonly decodeHops: { readonly zero: number; readonly survivor: number };
  /** opq_survive_hops(): a survivor, a byte that leads on, a call for a channel, and what is done once for a layer. */
  readonly surviveHops: {
    readonly survivor: number;
    readonly on: number;
    readonly channel: number;
    readonly layer: number;
  };
  /** opq_sparse_fully_connected(): an input, a survivor once it is in a list, an output. */
  readonly sparse: { readonly input: number; readonly survivor: number; readonly output: number };
  /** What a channel's list takes besides its decoding, where lanes pass over it; a survivor of a list that is cut into segments. */
  readonly listed: number;
  readonly cut: number;
  /** Four survivors over 1…8 words. */
  readonly quad: readonly number[];
  /** What a pass over a list takes besides, and what those of one width in all rows of a tile take once. */
  readonly pass: number;
  readonly down: number;
  /** A pass whose sums go through memory: channels of several segments. */
  readonly segmentPass: number;
  /**
   * A pass and a channel of a tile of one row, outputs side by side. Absent: as in any other tile.
   */
  readonly singleRow?: { readonly pass: number; readonly channel: number };
  /** The same two where outputs do not stand side by side, so that sums go through memory. Absent: no difference. */
  readonly spread?: { readonly pass: number; readonly store: number };
  /**
   * A pass of opq_lanes_window.c over 4, 5 and 6 words, outputs stored; a channel's weights gathered from its list, or from all of them as they
   * were decoded; what reading packed indices of three or four bits takes more for a channel, and those of other widths. Absent where the core has no such loops.
   */
  readonly window?: {
    readonly pass: readonly [number, number, number];
    readonly channel: number;
    readonly whole: number;
    readonly indices: number;
    readonly otherIndices: number;
  };
  /**
   * opq_lanes_vectors.c: a survivor, and for each vector of a pass; a pass, and for each vector that it stores; two halves made of an expanded word.
   * Absent where the core has no vectors.
   */
  readonly vectors?: {
    readonly survivor: number;
    readonly vector: number;
    readonly pass: number;
    readonly store: number;
    readonly half: number;
  };
  /** One output: requantised by the fast way, by the plain way; the two sums of a word added up for a segment. */
  readonly store: { readonly fast: number; readonly plain: number; readonly segment: number };
  /**
   * Less than by the fast way where outputs are stored in packs: a pass over 4…8 words. Absent where the core has no such
   * instructions.
   */
  readonly packed?: readonly [number, number, number, number, number];
  /**
   * opq_dense_conv2d(): a product, a left over one, an output, an input of a window gathered and widened, a row of a
   * window gathered; absent without DSP.
   */
  readonly dense?: {
    readonly mac: number;
    readonly rest: number;
    readonly output: number;
    readonly gather: number;
    readonly gatherRow: number;
    readonly widen: number;
  };
  /** A row of a tile, a channel of a block. */
  readonly row: number;
  readonly channel: number;
}

/** What instructions cost on each core. */
export const COEFFICIENTS: Readonly<Record<Core, Coefficients>> = {
  dsp: DSP,
  mve: MVE,
  word: WORD,
  baseline: BASELINE,
  riscv: RISCV,
  xtensa: XTENSA,
};
