/** What one figure of the benchmark belongs to. */
export interface BenchKey {
  readonly model: string;
  /** QEMU's name of the board, or the target's where QEMU runs other code on it too. */
  readonly board: string;
  readonly variant: string;
}

export interface BenchLayer {
  readonly layer: string;
  readonly kind: string;
  /** How the weights are stored; empty for layers without weights. */
  readonly encoding: string;
  /** Weights and tables in flash. */
  readonly bytes: number;
  readonly macs: number;
  /** Of one inference, with a hook after every layer that reads the timer. */
  readonly instructions: number;
  /** What the emission predicted; absent where it predicts nothing. */
  readonly predicted?: number;
}

/** The figures that a baseline keeps. */
export interface Figures {
  /** Median of one inference, counted by the emulator; no hook runs. */
  readonly instructions: number;
  /** Bytes: tables and weights; opq's code, which is kernels and the generated network. */
  readonly flash: { readonly model: number; readonly code: number };
  /** Bytes: activations and scratch; the stack of one inference. */
  readonly ram: { readonly arena: number; readonly stack: number };
  /** Share of labelled samples that are classified right, on the host's integer interpreter. */
  readonly accuracy: number;
  /** How many samples `accuracy` is over. */
  readonly accuracySamples: number;
  /** Every output of the board equals the host's, the self-test's too. */
  readonly bitExact: boolean;
}

export interface MeasuredRow extends BenchKey, Figures {
  /** As `accuracy`, of the network before compression, in float32; of compressed variants only. */
  readonly sourceAccuracy?: number;
  /** How many samples ran on the board. */
  readonly boardSamples: number;
  /** Share of those that the board classified right. */
  readonly boardAccuracy: number;
  /** Fewest and most instructions of one inference over the samples. */
  readonly instructionsRange: readonly [number, number];
  /** Instructions that one tick of the board's timer stands for. */
  readonly instructionsPerTick: number;
  readonly macs: number;
  /** Bytes of flash that the firmware around the network takes: startup, drivers, protocol, self-test, libraries. */
  readonly firmware: number;
  /** The linked image holds tables and arena with just the bytes that the emission names. */
  readonly sizesAgree: boolean;
  readonly layers: readonly BenchLayer[];
}

/** A network that a board cannot hold or compute; the code says why. */
export interface RefusedRow extends BenchKey {
  readonly refused: string;
}

export type BenchRow = MeasuredRow | RefusedRow;

export const isMeasured = (row: BenchRow): row is MeasuredRow => !('refused' in row);

/** One text for a key: to look rows up and to name them to people. */
export const keyOf = ({ model, variant, board }: BenchKey): string => `${model} ${variant} ${board}`;
