import type { CompressedModel, Layer, TensorId } from '@opq/ir';
import type { ErrorCode } from '@opq/errors';
import type { DriveLoader, Emulator, Loader } from '@opq/flasher';
import type { EmitTarget } from '@opq/targets';
import type { Encoding, KernelFamily } from './kernels';

/** Version of this contract. A backend made for another one is refused with both numbers. */
export const BACKEND_API = 1;

/** Why a layer, or the whole model, cannot run on a target. Returned, never thrown. */
export interface Refusal {
  /** One of OPQ0610 to OPQ0629: docs/errors.md. */
  readonly code: ErrorCode;
  /** The layer's name, or the model's where no single layer is to blame. */
  readonly layer: string;
  /** One sentence that says what the target cannot do. */
  readonly reason: string;
  /** What the user can do about it. */
  readonly hint: string;
}

/** One emitted file. `path` is relative, with forward slashes, made from fixed names only (never from the model's). */
export interface Artifact {
  /** Relative, with forward slashes. */
  readonly path: string;
  /** The whole content. */
  readonly bytes: Uint8Array;
}

/** What a layer costs on the device. Bytes are exact: they are summed from the tables that were emitted. */
export interface LayerCost {
  /** The layer's name in the model: untrusted text. */
  readonly layer: string;
  /** What the layer computes. */
  readonly kind: Layer['kind'];
  /** The function that computes it; empty or absent where there is nothing to compute. */
  readonly kernel?: string;
  /** How the weights are stored, e.g. `int8`, `packed-3`; empty for layers without weights. */
  readonly encoding: string;
  /** Weights as they are stored, with the codebook where it stands beside them, as in emitted C. */
  readonly weightBytes: number;
  /** All else of the layer: biases, multipliers, shifts, lookup and decode tables. */
  readonly tableBytes: number;
  /** Memory in the arena that only this layer needs. */
  readonly scratchBytes: number;
  /** Multiply-accumulates of one inference, those with pruned weights counted. */
  readonly macs: number;
  /** Instructions of one inference through the layer, as the backend predicts them; absent where it does not. */
  readonly instructions?: number;
}

/** What a backend makes of a model for one target: files, and what they cost there. Sizes are in bytes. */
export interface Emission {
  /** Every file, in any order; no two have the same path. */
  readonly artifacts: readonly Artifact[];
  /** Bytes of model data in flash: weights and tables of all layers. Code is counted after the build. */
  readonly flash: number;
  /** Bytes of the static arena: activations and scratch. The stack is measured on the device. */
  readonly ram: number;
  /** One for each layer, in the order in which they run. */
  readonly perLayer: readonly LayerCost[];
  /** Bytes of `flash` that belong to no single layer, such as a file's header; 0 where it is not given. */
  readonly shared?: number;
  /** Of each layer in the order of `perLayer`; absent where a firmware cannot be asked for them. */
  readonly layerOutputs?: readonly LayerOutput[];
  /** What a user should know of what was left out or done otherwise, one sentence each. */
  readonly notes?: readonly string[];
}

/** Inputs with the outputs the oracle gives for them: int8, one array per sample, the model's own input and output order. */
export interface Golden {
  /** As long as the input has elements. */
  readonly input: Int8Array;
  /** As long as the output has elements. */
  readonly output: Int8Array;
  /** What every layer gives for the input, by the tensor it makes, row-major NHWC; a self-test names the first that differs. */
  readonly layers?: ReadonlyMap<TensorId, Int8Array>;
}

/** What stands in memory when a layer has run. */
export interface LayerOutput {
  /** The activation that the layer made. */
  readonly tensor: TensorId;
  /** True where an image stands channels first (CHW) instead of last. */
  readonly channelsFirst: boolean;
}

/**
 * What is worth most where a layer can be computed in several ways: instructions, bytes of tables, bytes of the arena, or
 * instructions and arena (two percent of the arena count as much as one of the instructions).
 */
export const OPTIMIZE = ['balanced', 'latency', 'flash', 'ram'] as const;
/** One of `OPTIMIZE`. */
export type Optimize = (typeof OPTIMIZE)[number];

/** What a backend may be asked for; each member may be left out. */
export interface EmitOptions {
  /** `balanced` where it is not given. */
  readonly optimize?: Optimize;
  /** Bytes the arena is to stay within, where there is a way; the smallest arena is taken where there is none. */
  readonly ram?: number;
  /**
   * Bytes that all tables and weights may take: with `latency`, weights are stored in faster ways that are larger, as far as they
   * fit. Absent: each layer in its smallest way.
   */
  readonly flash?: number;
  /** Embedded in the firmware for its self-test. */
  readonly golden?: Golden;
  /** Kernels that packages bring, chosen from like a backend's own; backends that emit no C ignore them. */
  readonly kernelFamilies?: readonly KernelFamily[];
  /** Encodings that packages bring; one is taken where it is the smallest. */
  readonly encodings?: readonly Encoding[];
  /** What is taken wherever it does, whatever it costs: to try it, or to compare with it. */
  readonly prefer?: {
    /** The name of one of opq's families or of `kernelFamilies`, e.g. `plain`. */
    readonly kernelFamily?: string;
    /** The name of one of opq's encodings or of `encodings`, e.g. `packed`. */
    readonly encoding?: string;
  };
}

declare const checked: unique symbol;
/** A compressed model that `check()` found fit for one target. Only `check()` makes it. */
export type CheckedModel = CompressedModel & { readonly [checked]: EmitTarget['name'] };

/** A plugin that serves targets: a plain object, proven by `requireBackend`. */
export interface Backend {
  /** `BACKEND_API` of the opq that it was made for. */
  readonly api: typeof BACKEND_API;
  /** What messages call it. */
  readonly name: string;
  /** Boards and runtimes that it emits for. */
  readonly targets: readonly EmitTarget[];
  /** Pure and cheap; asked for every layer before any work. */
  supports(layer: Layer, model: CompressedModel, target: EmitTarget): true | Refusal;
  /** Deterministic: same model, target, options and version give the same bytes. Touches no disk. */
  emit(model: CheckedModel, target: EmitTarget, options?: EmitOptions): Promise<Emission>;
  /** Whether it also takes a target that a user describes; none without it. */
  serves?(target: EmitTarget): boolean;
  /** What else its targets need: absolute folders that hold firmware templates, each a folder with a template.json. */
  readonly templates?: readonly string[];
  /** Ways to write their flash, over a serial line or to a drive, by the name in `loader` of a target. */
  readonly loaders?: readonly (Loader | DriveLoader)[];
  /** Ways to run their firmware without a board, by the name in `emulator.program` of a target. */
  readonly emulators?: readonly Emulator[];
}

/** A function that makes a backend from options, or from nothing. */
export type CreateBackend<O = void> = (options: O) => Backend;
