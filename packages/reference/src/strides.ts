/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  return strides;
}

/** Strides that walk an operand along the broadcast `output` shape: 0 where the operand is repeated. */
export function broadcastStrides(operand: readonly number[], output: readonly number[]): readonly number[] {
  const strides = stridesOf(operand);
  const missing = output.length - operand.length;
  return output.map((_, i) => (i < missing || operand[i - missing] === 1 ? 0 : (strides[i - missing] ?? 0)));
}

/** Offsets that nested loops over `extent` visit in an operand with these strides, outermost first. */
export function offsets(extent: readonly number[], strides: readonly number[]): Int32Array {
  let list = [0];
  extent.forEach((count, dimension) => {
    const stride = strides[dimension] ?? 0;
    list = list.flatMap((base) => Array.from({ length: count }, (_, i) => base + i * stride));
  });
  return Int32Array.from(list);
}
