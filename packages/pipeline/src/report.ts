import type { LayerCost } from '@opq/backend';
import type { ImageSizes } from '@opq/firmware';
import type { DeviceMemory, Latency } from '@opq/flasher';

/** Share of samples whose largest output is their label, 0…1. */
export interface Accuracies {
  readonly float: number;
  readonly host: number;
  readonly board: number;
}

export interface LayerReport extends LayerCost {
  /** Share of zero weights; absent for layers without weights. */
  readonly sparsity?: number;
  readonly latency: Latency;
}

/** One deployment, as it was measured. Holds no date and no path of the machine. */
export interface DeployReport {
  readonly model: string;
  /** Name of the target. */
  readonly target: string;
  /** The emulated board that ran in place of the target, where no board was connected. */
  readonly standIn?: {
    readonly target: string;
    /** For people. */
    readonly title: string;
    /** What became of the target's own image, a sentence each. */
    readonly notes: readonly string[];
  };
  /** What the user calls it: the emulator's machine, or the port. */
  readonly device: string;
  readonly compression: {
    readonly allocator: string;
    readonly budget: Readonly<Record<string, number | string>>;
  } | null;
  readonly size: {
    /** Bytes of the weights in float32. */
    readonly weightsBefore: number;
    /** Bytes of the weights as published ratios count them, bits of the survivors only; null without compression. */
    readonly weightsPaper: number | null;
    /** Bytes of the weights in flash: coded indices and codebooks. */
    readonly weightsAfter: number;
    /** Bytes of all model data in flash: weights, biases, multipliers, tables. */
    readonly model: number;
    readonly arena: number;
    readonly image: ImageSizes;
  };
  readonly samples: number;
  /** null when the samples have no labels. */
  readonly accuracy: Accuracies | null;
  /** Median of one inference. */
  readonly latency: Latency;
  /** Fewest and most over all samples, in the same unit. */
  readonly latencyRange: readonly [number, number];
  readonly bitExact: {
    readonly equal: number;
    readonly total: number;
    readonly firstDifference: number | null;
  };
  readonly selfTest: boolean;
  readonly memory: DeviceMemory & {
    /** Bytes of stack that one inference takes, without interrupts; `stackPeak` has the rest of the firmware in it. */
    readonly stackInference: number;
  };
  readonly layers: readonly LayerReport[];
  /** int8 outputs of the board, a list per sample; only when asked for. */
  readonly outputs?: readonly (readonly number[])[];
}
