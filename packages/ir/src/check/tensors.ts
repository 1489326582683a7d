import { elementCount, type ElementArray, type ElementType, type Quantisation, type Tensor } from '../tensor';

const ARRAYS: Record<ElementType, new (n: number) => ElementArray> = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

const LIMITS: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
};

function quantisationProblems(
  at: string,
  tensor: Tensor,
  { scales, zeroPoints, axis }: Quantisation,
): string[] {
  const limits = LIMITS[tensor.type];
  if (limits === undefined) return [`${at} is ${tensor.type} and cannot be quantised`];
  const problems: string[] = [];
  if (scales.length === 0) problems.push(`${at} has no scale`);
  if (scales.length !== zeroPoints.length)
    problems.push(`${at} has ${scales.length} scales but ${zeroPoints.length} zero points`);
  const slices = tensor.shape[axis];
  if (scales.length > 1 && slices !== scales.length)
    problems.push(`${at} has ${scales.length} scales but ${slices ?? 'no'} slices along axis ${axis}`);
  // A scale must be a float32 above zero, because that is what every runtime reads.
  if (!scales.every((s) => s > 0 && Number.isFinite(s) && Math.fround(s) === s))
    problems.push(`${at} has a scale that is not a positive float32`);
  if (!zeroPoints.every((z) => Number.isInteger(z) && z >= limits[0] && z <= limits[1]))
    problems.push(`${at} has a zero point outside ${limits[0]}…${limits[1]}`);
  return problems;
}

/** Problems of one tensor by itself. */
export function tensorProblems(tensor: Tensor, index: number): string[] {
  const at = `tensor ${index} (${tensor.name})`;
  if (!tensor.shape.every((d) => Number.isInteger(d) && d > 0 && d <= 0x7fffffff))
    return [`${at} has the shape [${tensor.shape.join(', ')}]`];
  const count = elementCount(tensor.shape);
  if (count > 2 ** 40) return [`${at} has ${count} elements`];
  const problems: string[] = [];
  if (tensor.quantisation !== undefined)
    problems.push(...quantisationProblems(at, tensor, tensor.quantisation));
  if (tensor.data !== undefined) {
    if (!(tensor.data instanceof ARRAYS[tensor.type]))
      problems.push(`${at} is ${tensor.type} but holds another type`);
    if (tensor.data.length !== count) problems.push(`${at} holds ${tensor.data.length} elements of ${count}`);
  }
  return problems;
}
