/** Index of a tensor in `Model.tensors`. */
export type TensorId = number & { readonly __brand: 'TensorId' };

/**
 * Makes an index a `TensorId`.
 * @param index in `Model.tensors`, from 0; not looked at
 */
export const tensorId = (index: number): TensorId => index as TensorId;

/** Element types an importer may meet in a graph that opq accepts. */
export type ElementType = 'float32' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64';

/** What holds a constant's elements; never written to after the model is made. */
export type ElementArray = Float32Array | Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array;

/**
 * Affine quantisation: real = scale · (q − zeroPoint).
 * One entry in both lists is per tensor; several are per slice along `axis` (weights of output channels).
 */
export interface Quantisation {
  /** Positive, finite; each exactly a float32 value. */
  readonly scales: readonly number[];
  /** As many as `scales`; 0 for weights. */
  readonly zeroPoints: readonly number[];
  /** The dimension the lists run along; 0 when per tensor. */
  readonly axis: number;
}

/** An activation of a network, or a constant. */
export interface Tensor {
  /** As the model file has it: untrusted text, not necessarily unique; show it through `printable`. */
  readonly name: string;
  /** Row-major; activations are NHWC with N = 1. A scalar is []. */
  readonly shape: readonly number[];
  /** What its elements are stored as. */
  readonly type: ElementType;
  /** Present on every int8 tensor that stands for real numbers, and on int32 biases; absent on float tensors. */
  readonly quantisation?: Quantisation;
  /** Present exactly on constants; its length is the product of `shape`. */
  readonly data?: ElementArray;
}

/** Product of the extents; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

const BYTES: Record<ElementType, number> = { float32: 4, int8: 1, uint8: 1, int16: 2, int32: 4, int64: 8 };

/** Bytes of an element as model files store it: 1, 2, 4 or 8. */
export const bytesPerElement = (type: ElementType): number => BYTES[type];

/** Bytes of all elements. */
export const byteLength = (tensor: Pick<Tensor, 'shape' | 'type'>): number =>
  elementCount(tensor.shape) * BYTES[tensor.type];
