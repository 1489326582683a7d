import type { onnx } from 'onnx-proto';
import { elementCount, halfToNumber } from '@opq/ir';
import { Unsupported } from './problems';

/** A constant in ONNX's own order. */
export type Constant = FloatConstant | IntegerConstant;

export interface FloatConstant {
  /** Untrusted text. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly floats: Float32Array;
}

/** Only ever an operand such as a shape or axes. */
interface IntegerConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly integers: readonly number[];
}

/** Names of element types by ONNX's code. */
const TYPES = [
  'UNDEFINED', 'FLOAT', 'UINT8', 'INT8', 'UINT16', 'INT16', 'INT32', 'INT64', 'STRING', 'BOOL', 'FLOAT16', 'DOUBLE', 'UINT32', 'UINT64',
  'COMPLEX64', 'COMPLEX128', 'BFLOAT16',
]; // prettier-ignore

export const typeName = (code: number): string => TYPES[code] ?? `type ${code}`;

export const FLOAT = 1;
const INT32 = 6;
export const INT64 = 7;
const BOOL = 9;
const FLOAT16 = 10;
const DOUBLE = 11;

/** Element types that become float32. */
export const isFloatType = (code: number): boolean => code === FLOAT || code === FLOAT16 || code === DOUBLE;

const LARGEST_RANK = 8;
/** Elements of a tensor. */
const LARGEST = 2 ** 31 - 1;

/** @param what says whose shape it is. @throws Unsupported */
export function soundShape(shape: readonly number[], what: string): readonly number[] {
  if (!shape.every((d) => Number.isInteger(d) && d > 0))
    throw new Unsupported(`${what} the shape [${shape.slice(0, LARGEST_RANK).join(', ')}]`);
  if (shape.length > LARGEST_RANK || elementCount(shape) > LARGEST)
    throw new Unsupported(
      `${what} the shape [${shape.slice(0, LARGEST_RANK).join(', ')}], which is too large`,
    );
  return shape;
}

type Wide = number | { toNumber(): number };

/** Beyond 2⁵³ the nearest double, which no sound shape has. */
export const toNumber = (value: Wide): number => (typeof value === 'number' ? value : value.toNumber());

/** Elements in the form of raw bytes, little-endian; undefined when their number is no whole one. */
function fromBytes(type: number, bytes: Uint8Array): Float32Array | readonly number[] | undefined {
  const width = { [FLOAT]: 4, [FLOAT16]: 2, [DOUBLE]: 8, [INT32]: 4, [INT64]: 8, [BOOL]: 1 }[type] ?? 1;
  if (bytes.length % width !== 0) return undefined;
  // Copied, so that the array is aligned and keeps nothing else of the file alive.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case FLOAT:
      return new Float32Array(buffer);
    case FLOAT16:
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case DOUBLE:
      return Float32Array.from(new Float64Array(buffer));
    case INT32:
      return Array.from(new Int32Array(buffer));
    case INT64:
      return Array.from(new BigInt64Array(buffer), Number);
    default:
      return Array.from(bytes);
  }
}

/** Elements in the form of a field of numbers. */
function fromFields(type: number, tensor: onnx.ITensorProto): Float32Array | readonly number[] {
  switch (type) {
    case FLOAT:
      return Float32Array.from(tensor.floatData ?? []);
    case FLOAT16:
      return Float32Array.from(tensor.int32Data ?? [], halfToNumber);
    case DOUBLE:
      return Float32Array.from(tensor.doubleData ?? []);
    case INT64:
      return (tensor.int64Data ?? []).map(toNumber);
    default:
      return tensor.int32Data ?? [];
  }
}

export const isExternal = (tensor: onnx.ITensorProto): boolean =>
  tensor.dataLocation === 1 || (tensor.externalData?.length ?? 0) > 0;

/**
 * A tensor of the file, FLOAT16 and DOUBLE as float32; INT32, INT64 and BOOL as integers.
 * @throws Unsupported
 */
export function readTensor(tensor: onnx.ITensorProto, name: string): Constant {
  const type = tensor.dataType ?? 0;
  const float = isFloatType(type);
  if (!float && type !== INT32 && type !== INT64 && type !== BOOL)
    throw new Unsupported(`with ${name} of type ${typeName(type)}`);
  if (isExternal(tensor) || tensor.segment)
    throw new Unsupported(`with ${name}, which stands in another file`);
  const dims = (tensor.dims ?? []).map(toNumber);
  // A list of no integers is a shape of rank 0, or no axes.
  const shape =
    !float && dims.length === 1 && dims[0] === 0 ? dims : soundShape(dims, `with ${name}, which has`);
  const raw = tensor.rawData;
  const elements =
    raw instanceof Uint8Array && raw.length > 0 ? fromBytes(type, raw) : fromFields(type, tensor);
  if (elements?.length !== elementCount(shape))
    throw new Unsupported(
      `with ${name}, which has ${elements?.length ?? 'a broken number of'} elements for the shape [${shape.join(', ')}]`,
    );
  return elements instanceof Float32Array
    ? { name, shape, floats: elements }
    : { name, shape, integers: elements };
}
