import type { Core } from '@opq/backend';

/**
 * Instructions of the steps of kernels, counted on an emulated core. They serve to choose between ways to compute a layer,
 * and to predict what it will take.
 */
export interface Coefficients {
  /** A call and what stands outside all loops. */
  readonly layer: number;
  /** Multiply-accumulates of the plain kernels, each weight counted. */
  readonly plain: { readonly mac: number; readonly tap: number; readonly output: number };
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
  /** opq_survive_hops(): a survivor, a byte that leads on, a call for a channel. */
  readonly surviveHops: { readonly survivor: number; readonly on: number; readonly channel: number };
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
   * were decoded. Absent where the core has no such loops.
   */
  readonly window?: {
    readonly pass: readonly [number, number, number];
    readonly channel: number;
    readonly whole: number;
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

/** Counted on mps2-an386 over ResNet-8 and DS-CNN, see docs/reference/kernels.md. */
const COMMON: Coefficients = {
  layer: 400,
  plain: { mac: 5.2, tap: 14, output: 40 },
  fullyConnected: { mac: 6, output: 54 },
  decodePlain: { entropy: 39, bitmap: 23, packed: 16 },
  other: {
    reshape: 0,
    add: 92,
    sub: 92,
    mul: 60,
    softmax: 290,
    maxPool2d: 18,
    relu: 6,
    relu6: 6,
    logistic: 6,
    quantize: 6,
  },
  pool: { output: 140, element: 6.7, planar: 2.8 },
  otherwise: 12,
  addTables: 9000,
  addTabled: 10.3,
  expandWord: 5,
  expandRow: 40,
  expandChannel: 150,
  moveWord: 6,
  outerWord: 5,
  offset: 8,
  decode: { entropy: 9, entropyWide: 9, any: 22, survivor: 8, survivorWide: 13, channel: 45 },
  decodeGaps: { zero: 18.7, survivor: 76, run: 10 },
  surviveGaps: { survivor: 21.3, run: 20, channel: 45, layer: 1500 },
  decodeHops: { zero: 8, survivor: 15 },
  surviveHops: { survivor: 10, on: 8, channel: 40 },
  sparse: { input: 4, survivor: 6.4, output: 55 },
  listed: 60,
  cut: 0,
  quad: [40, 40, 80, 29, 33, 41, 45, 57],
  pass: 57,
  down: 0,
  segmentPass: 57,
  store: { fast: 7, plain: 24, segment: 12 },
  row: 22,
  channel: 110,
};

/** Armv7E-M: Cortex-M4 and -M7. */
export const DSP: Coefficients = {
  ...COMMON,
  expandWord: 4,
  expandRow: 14,
  expandChannel: 85,
  decode: { entropy: 7.9, entropyWide: 7.9, any: 22, survivor: 10, survivorWide: 15, channel: 55 },
  pass: 34,
  down: 45,
  segmentPass: 48,
  cut: 17,
  outerWord: 9,
  planes: { word: 3.75, row: 9, plane: 190 },
  singleRow: { pass: 35, channel: 80 },
  spread: { pass: 100, store: 8.7 },
  poolLast: { output: 61, row: 15.6, element: 4 },
  surviveGaps: { ...COMMON.surviveGaps, channel: 55 },
  sparse: { ...COMMON.sparse, output: 45 },
  packed: [22, 25, 29, 32, 44],
  window: { pass: [114, 134, 158], channel: 120, whole: 40 },
  addTabled: 9.3,
  pool: { ...COMMON.pool, planar: 1.27 },
  row: 2,
  channel: 120,
  dense: { mac: 1.12, rest: 6, output: 40, gather: 4, gatherRow: 130, widen: 2 },
};

/** Armv8.1-M with integer vectors: Cortex-M55. Counted on mps3-an547. */
const VECTORS: Coefficients = {
  ...DSP,
  vectors: { survivor: 5.4, vector: 2.25, pass: 125, store: 32, half: 1.7 },
};

/** Armv7-M without DSP extension: Cortex-M3. Counted on mps2-an385. */
const WORD: Coefficients = {
  ...COMMON,
  poolLast: { output: 61, row: 15.6, element: 4 },
  store: { fast: 24, plain: 24, segment: 8 },
}; // prettier-ignore

/** Counted on qemu-rv32imc. */
const RISCV: Coefficients = {
  ...COMMON,
  plain: { mac: 6.2, tap: 20, output: 55 },
  fullyConnected: { mac: 7, output: 75 },
  decodePlain: { entropy: 33, bitmap: 22, packed: 22 },
  other: { ...COMMON.other, softmax: 400 },
  pool: { output: 112, element: 5.5, planar: 2.6 },
  addTabled: 20.5,
  expandWord: 6,
  expandRow: 40,
  decodeGaps: { zero: 15, survivor: 66.5, run: 10 },
  surviveGaps: { survivor: 33.5, run: 30, channel: 45, layer: 1800 },
  sparse: { input: 4, survivor: 7.8, output: 38 },
  decode: { ...COMMON.decode, entropy: 13, entropyWide: 13, survivor: 10, survivorWide: 8 },
  quad: [32, 44, 56, 68, 80, 92, 104, 116],
  pass: 150,
  segmentPass: 150,
  store: { fast: 18, plain: 40, segment: 20 },
  row: 30,
  channel: 160,
};

/** Counted on qemu-lx106, whose products have 32 bits. Seven and eight words take two loops. */
const XTENSA: Coefficients = {
  ...COMMON,
  plain: { mac: 13, tap: 30, output: 90 },
  fullyConnected: { mac: 15, output: 120 },
  decodePlain: { entropy: 29, bitmap: 22, packed: 22 },
  other: { ...COMMON.other, softmax: 900 },
  pool: { output: 530, element: 12, planar: 4.6 },
  addTabled: 63,
  expandWord: 9,
  expandRow: 60,
  decodeGaps: { zero: 12, survivor: 74, run: 0 },
  surviveGaps: { survivor: 29.5, run: 28, channel: 45, layer: 1800 },
  sparse: { input: 4, survivor: 9.8, output: 130 },
  decode: { ...COMMON.decode, entropy: 15, entropyWide: 15, survivor: 10, survivorWide: 14 },
  quad: [32, 44, 56, 68, 82, 98, 132, 144],
  pass: 200,
  segmentPass: 200,
  store: { fast: 55, plain: 70, segment: 30 },
  row: 40,
  channel: 500,
}; // prettier-ignore

/** What instructions cost on each core. */
export const COEFFICIENTS: Readonly<Record<Core, Coefficients>> = {
  dsp: DSP,
  mve: VECTORS,
  word: WORD,
  riscv: RISCV,
  xtensa: XTENSA,
};
