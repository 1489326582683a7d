/** What emitted C is made of, open to packages: ways to store weights, and families of kernels that compute layers. */
import type { CodedWeights } from '@opq/encodings';
import type { CompressedModel, Layer, TensorId } from '@opq/ir';
import type { KernelFunction } from '@opq/kernels';

/** Version of what an `Encoding` and a `KernelFamily` have to be. One made for another version is refused with both numbers. */
export const KERNELS_API = 1;

/** Whose instructions are counted: `dsp` has the DSP extension of Armv7E-M, `mve` integer vectors of Armv8.1-M besides, `word` is any other Arm core with Thumb-2 (Cortex-M3),
 * `baseline` one without (Cortex-M0 and -M0+). */
export const CORES = ['dsp', 'mve', 'word', 'baseline', 'riscv', 'xtensa'] as const;
/** One of `CORES`. */
export type Core = (typeof CORES)[number];

/** A C file that goes along with an emission, in its folder `kernels`. opq_model.c includes the headers. */
export interface SourceFile {
  /** Lower-case letters, digits and `_`, then `.c` or `.h`; not beginning with `opq_`. */
  readonly path: string;
  /** C99 that compiles without a warning under `STRICT_FLAGS` of @opq/kernels. */
  readonly text: string;
}

/** A C function that a package brings, with all the files it needs besides those of @opq/kernels. */
export interface SourceFunction {
  /** A C identifier, not beginning with `opq_`. */
  readonly name: string;
  /** Sources and headers, the function's own among them. */
  readonly files: readonly SourceFile[];
}

/** A C function that emitted code calls or points to: by name where it is one of @opq/kernels. */
export type CFunction = KernelFunction | SourceFunction;

/** The symbol of a C function. */
export const symbolOf = (of: CFunction): string => (typeof of === 'string' ? of : of.name);

/** What a decoder goes through in one inference, unless it is asked again for each block of rows. */
export interface WeightCount {
  /** All of the layer's. */
  readonly weights: number;
  /** Those that are not 0. */
  readonly survivors: number;
  /** Output channels: the decoder is called once for each. */
  readonly channels: number;
}

/** What reads an encoding on the device. */
export interface Decoder {
  /** Of the C type `opq_decode`: opq_kernels.h. */
  readonly function: CFunction;
  /** Instructions of decoding all weights once, predicted. */
  instructions(core: Core, count: WeightCount): number;
}

/** What reads an encoding straight to lists of survivors. */
export interface SurvivorDecoder {
  /** Of the C type `opq_survive`: opq_kernels.h. */
  readonly function: CFunction;
  /** Words of scratch that it looks up in. */
  readonly lookupWords: number;
  /** Instructions of decoding all weights once, predicted. */
  instructions(core: Core, count: WeightCount): number;
}

/** A way to store the weights of a layer. Pure: equal weights give equal bytes. */
export interface Encoding {
  /** `KERNELS_API` of the opq that it was made for. */
  readonly api: typeof KERNELS_API;
  /** Lower-case letters, digits and `-`. What reports call it. */
  readonly name: string;
  /**
   * Stores the weights of one layer.
   * @param weights levels k, −128…127, output channel by output channel (OHWI)
   * @param fanIn weights of one channel
   * @returns undefined where it does not do for these weights
   */
  encode(weights: Int8Array, fanIn: number): CodedWeights | undefined;
  /** Reads back `count` weights; conformance compares it, and the C decoder, with what was encoded. */
  decode(coded: CodedWeights, count: number, fanIn: number): Int8Array;
  /** Undefined only where `bytes` are the levels themselves, as kernels read them without a decoder. */
  decoder(coded: CodedWeights): Decoder | undefined;
  /** Where it is absent, lists are made from what `decoder` gives. @param fanIn weights of one channel */
  survivorDecoder?(coded: CodedWeights, fanIn: number): SurvivorDecoder;
}

/** Weights of one layer in the encoding that was chosen for them. */
export interface StoredWeights {
  /** What stored them, and reads them back. */
  readonly encoding: Encoding;
  /** Their bytes, and what decoding takes beside them. */
  readonly coded: CodedWeights;
}

/** Which images of a layer stand with their channels first (CHW). */
export interface Planar {
  /** Every image that it reads. */
  readonly input: boolean;
  /** The image that it makes. */
  readonly output: boolean;
}

/** A layer whose ways are asked for. */
export interface LayerSite {
  /** The whole network; its tensors have shapes and scales. */
  readonly model: CompressedModel;
  /** The layer, one of `model.layers`. */
  readonly layer: Layer;
  /** Whose instructions are counted. */
  readonly core: Core;
  /** Undefined where the layer has no weights. */
  readonly stored: StoredWeights | undefined;
  /** As images would stand where every layer has the way that it likes best. */
  readonly planar: Planar;
}

/** Element types of tables. */
export type ElementKind = 'uint8_t' | 'int8_t' | 'int16_t' | 'int32_t';

/** Collects constants of a model: their text, and exactly their bytes. */
export interface TableWriter {
  /**
   * Adds `static const` numbers; an empty table gets a single 0, because C has no empty arrays.
   * @param rowLength numbers of one row of the text
   * @param comment shape and meaning; fixed text, or made safe by `inComment` of @opq/backend-c
   */
  add(name: string, kind: ElementKind, values: ArrayLike<number>, rowLength: number, comment: string): void;
  /**
   * Adds a structure whose pointers stand in front of its numbers.
   * @param width bytes of each number
   */
  structure(
    type: string,
    name: string,
    members: Readonly<Record<string, number | readonly number[]>>,
    pointers?: Readonly<Record<string, string>>,
    width?: 1 | 2 | 4,
  ): void;
  /** Adds a structure of structures of 16-bit numbers, then 16-bit numbers, then bytes filled up to whole words, then pointers. */
  nested(
    type: string,
    name: string,
    inner: Readonly<Record<string, Readonly<Record<string, number>>>>,
    shorts: Readonly<Record<string, number>>,
    bytes: Readonly<Record<string, number>>,
    pointers: Readonly<Record<string, string>>,
  ): void;
}

/** Where a layer's buffers stand, as C expressions of the type `int8_t *`. */
export interface Buffers {
  /** An activation; row-major, NHWC unless it is in `planar`. */
  of(id: TensorId): string;
  /** The layer's scratch, aligned to 16 bytes; `0` where it has none. */
  scratch(): string;
  /** Images that stand with their channels first (CHW). */
  readonly planar: ReadonlySet<TensorId>;
}

/** What a way writes its layer into. */
export interface LayerWriter {
  /** What names of the layer's tables begin with, e.g. `layer_3`. */
  readonly name: string;
  /** Takes the layer's constants. */
  readonly tables: TableWriter;
  /** Where activations and scratch stand in the arena. */
  readonly buffers: Buffers;
}

/** The C of one layer. */
export interface LayerCall {
  /** Whole statements; none where there is nothing to compute. */
  readonly statements: readonly string[];
  /** Every function that statements or tables name; the one that computes the layer first. */
  readonly functions: readonly CFunction[];
  /** Bits of what the functions use of tables that they share, by macro: those of all layers are joined. Kernels of opq's own. */
  readonly uses?: Readonly<Record<string, number>>;
}

/** One way to compute a layer, and what it costs. */
export interface Way {
  /** In the arena, while the layer runs. */
  readonly scratchBytes: number;
  /** Of one inference, predicted; ways are chosen by it. */
  readonly instructions: number;
  /** `either`: it looks at `planar` of its buffers. `last`: its images have their channels last. */
  readonly layouts: 'last' | 'either';
  /** Whether the output may overwrite the first input: `planar` only where all its images have their channels first. */
  readonly inPlace: 'never' | 'planar' | 'always';
  /** Adds the layer's tables and gives its call. Weights are added by `addWeights` of @opq/backend-c. */
  write(to: LayerWriter): LayerCall;
}

/** Kernels that belong together. Pure: the same layer has the same ways. */
export interface KernelFamily {
  /** `KERNELS_API` of the opq that it was made for. */
  readonly api: typeof KERNELS_API;
  /** Lower-case letters, digits and `-`. */
  readonly name: string;
  /** All ways to compute a layer; none where the family does not take it. */
  ways(site: LayerSite): readonly Way[];
}
