import type { Layer } from './layer';
import type { Tensor, TensorId } from './tensor';

/** A network as a list of layers in an order that can be executed. Frozen; every pass makes a new one. */
export interface Model {
  /** File stem or the file's own description: untrusted text. */
  readonly name: string;
  /** Activations and constants; a `TensorId` is an index here. */
  readonly tensors: readonly Tensor[];
  /** In an order that can be executed: what a layer reads was made before it. */
  readonly layers: readonly Layer[];
  /** What each inference is given, in order. */
  readonly inputs: readonly TensorId[];
  /** What each inference gives, in order. */
  readonly outputs: readonly TensorId[];
}

/** How one weight tensor was compressed. In the model it is the int8 tensor of the levels k, with scale gainⱼ · step. */
export interface Codebook {
  /** The weights: int8, levels k. */
  readonly tensor: TensorId;
  /** Ascending, distinct, within −127…127; always holds 0. Every element of the tensor is one of them. */
  readonly levels: readonly number[];
  /** Δ of the layer; level k stands for k·Δ before the gain. */
  readonly step: number;
  /** `channel`: the scale of output channel j is gainⱼ·Δ. `none`: one scale, Δ. */
  readonly gain: 'none' | 'channel';
  /** Weights the mask holds at zero; there may be more zeros where a survivor rounded to 0. */
  readonly pruned: number;
  /** Magnitude at and below which weights (after division by the gain) were pruned; 0 when none were. */
  readonly threshold: number;
}

/** What the numbers of a compression were solved for, kept for reports. */
export interface CompressionSettings {
  /** Name of the allocator that shared the budget out. */
  readonly allocator: string;
  /** E.g. { sparsity: 0.8, bits: 3 } or { ratio: 12, accounting: 'flash' }. */
  readonly budget: Readonly<Record<string, number | string>>;
  /** Bytes of the weights in published accounting: bits of the survivors only. */
  readonly paperBytes?: number;
}

/**
 * A full-int8 model ready for a device: int8 activations, int8 weights (zero point 0, per tensor or per output channel),
 * int32 biases with scale input·weight. Weights named in `codebooks` take few distinct values; the others are plain int8.
 */
export interface CompressedModel {
  /** The int8 network, weights as levels. */
  readonly model: Model;
  /** Of the weight tensors that take few distinct levels. */
  readonly codebooks: readonly Codebook[];
  /** Absent when compression was off. */
  readonly settings?: CompressionSettings;
}

/** The tensor behind an id. A wrong id is a defect of the caller (checkModel rules it out). */
export function tensorOf(model: Model, id: TensorId): Tensor {
  const tensor = model.tensors[id];
  if (tensor === undefined) throw new RangeError(`tensor ${id} of ${model.tensors.length}`);
  return tensor;
}

/** Freezes objects and lists all the way down. Element arrays cannot be frozen in JavaScript and are left as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** The real values an activation was seen to take over calibration samples. */
export interface ActivationRange {
  /** Least value. */
  readonly min: number;
  /** Greatest value. */
  readonly max: number;
}

/** Observed ranges of a float model's activations, its inputs and outputs included. */
export type ActivationRanges = ReadonlyMap<TensorId, ActivationRange>;
