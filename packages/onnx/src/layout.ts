/*
 * ONNX images are NCHW, ours are NHWC. So each value carries how its ONNX elements stand in our tensor. Transpositions and
 * reshapes then cost nothing: they change the account, and only an operator that needs a certain order asks for it.
 */

/** How the elements of an ONNX value stand in a tensor of ours. */
export interface Layout {
  /** Per ONNX axis, outermost first, the sizes of the parts it is made of; those of 1 are left out (so 1 is []). */
  readonly axes: readonly (readonly number[])[];
  /** The parts, numbered through all axes, in the order our tensor has them, outermost first. */
  readonly order: readonly number[];
}

const product = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1);

/** The shape ONNX gives to the value. */
export const shapeOf = ({ axes }: Layout): readonly number[] => axes.map(product);

/** Numbers of the parts of each axis. */
function partsOf({ axes }: Layout): readonly (readonly number[])[] {
  let next = 0;
  return axes.map((sizes) => sizes.map(() => next++));
}

/** A value of this ONNX shape in a tensor that has the axes in the order given. */
export function stored(shape: readonly number[], order: readonly number[]): Layout {
  const axes = shape.map((d) => (d === 1 ? [] : [d]));
  const parts = partsOf({ axes, order: [] });
  return { axes, order: order.flatMap((axis) => parts[axis] ?? []) };
}

/** In ONNX's own order. */
export const plain = (shape: readonly number[]): Layout =>
  stored(
    shape,
    shape.map((_, i) => i),
  );

/** Axes of an image [N, C, …] in the order our tensors have them: [N, …, C]. */
export const channelsLast = (rank: number): readonly number[] =>
  rank < 3
    ? Array.from({ length: rank }, (_, i) => i)
    : [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

/** Does the tensor have the axes in this order? Axes of size 1 may stand anywhere. */
export function standsIn(layout: Layout, order: readonly number[]): boolean {
  const parts = partsOf(layout);
  const wanted = order.flatMap((axis) => parts[axis] ?? []);
  return wanted.length === layout.order.length && wanted.every((part, i) => part === layout.order[i]);
}

export const isPlain = ({ order }: Layout): boolean => order.every((part, i) => part === i);

/** What Transpose makes of it: new axis i is old axis permutation[i]. Nothing moves. */
export function transposed(layout: Layout, permutation: readonly number[]): Layout {
  const parts = partsOf(layout);
  const place = new Map(permutation.flatMap((axis) => parts[axis] ?? []).map((part, i) => [part, i]));
  return {
    axes: permutation.map((axis) => layout.axes[axis] ?? []),
    order: layout.order.map((part) => place.get(part) ?? 0),
  };
}

/** The same with parts made one where they are neighbours both in their axis and in the tensor: equal layouts look equal. */
export function merged({ axes, order }: Layout): Layout {
  const follower = new Map(order.map((part, i) => [part, order[i + 1]]));
  const number = new Map<number, number>();
  let part = 0;
  let count = 0;
  const merging = axes.map((sizes) => {
    const out: number[] = [];
    sizes.forEach((size, i) => {
      if (i > 0 && follower.get(part - 1) === part) out[out.length - 1] = (out.at(-1) ?? 1) * size;
      else {
        out.push(size);
        number.set(part, count++);
      }
      part++;
    });
    return out;
  });
  return { axes: merging, order: order.flatMap((p) => number.get(p) ?? []) };
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return JSON.stringify(merged(a)) === JSON.stringify(merged(b));
}

/**
 * What Reshape makes of it; nothing moves.
 * @param shape with as many elements
 * @returns undefined when the new axes cut through what our tensor holds apart: that needs a transposition
 */
export function reshaped(layout: Layout, shape: readonly number[]): Layout | undefined {
  const { axes, order } = merged({ axes: [layout.axes.flat()], order: layout.order });
  const sizes = axes.flat();
  const pieces: number[][] = sizes.map(() => []);
  let part = 0;
  let rest = sizes[0] ?? 1;
  let count = 0;
  const out: number[][] = [];
  for (const dimension of shape) {
    const axis: number[] = [];
    for (let need = dimension; need > 1; ) {
      const piece = need % rest === 0 ? rest : need;
      if (rest % piece !== 0 || piece <= 1) return undefined;
      axis.push(piece);
      pieces[part]?.push(count++);
      need /= piece;
      rest /= piece;
      if (rest === 1) rest = sizes[++part] ?? 1;
    }
    out.push(axis);
  }
  return { axes: out, order: order.flatMap((p) => pieces[p] ?? []) };
}

/** Sizes of the parts as the tensor has them, with the axis each belongs to. */
export function runs(layout: Layout): readonly { readonly size: number; readonly axis: number }[] {
  const all = layout.axes.flatMap((sizes, axis) => sizes.map((size) => ({ size, axis })));
  return layout.order.flatMap((part) => all[part] ?? []);
}

/** The layout of a value that has size 1 along all axes but these. */
export function restricted(layout: Layout, keep: (axis: number) => boolean): Layout {
  const number = new Map<number, number>();
  partsOf(layout).forEach((parts, axis) => {
    if (keep(axis)) for (const part of parts) number.set(part, number.size);
  });
  return {
    axes: layout.axes.map((sizes, axis) => (keep(axis) ? sizes : [])),
    order: layout.order.flatMap((part) => number.get(part) ?? []),
  };
}

/** Strides of the parts in ONNX's row-major order of these axes alone, as the tensor has the parts. */
export function onnxStrides(layout: Layout, axes: readonly number[]): readonly number[] {
  const strides = new Map<number, number>();
  const parts = partsOf(layout);
  let stride = 1;
  for (const axis of [...axes].reverse())
    [...(layout.axes[axis] ?? [])].reverse().forEach((size, i, { length }) => {
      strides.set(parts[axis]?.[length - 1 - i] ?? -1, stride);
      stride *= size;
    });
  return layout.order.map((part) => strides.get(part) ?? 0);
}

/** Offsets that nested loops over `sizes`, outermost first, visit with these strides. */
export function offsets(sizes: readonly number[], strides: readonly number[]): Int32Array {
  const list = new Int32Array(product(sizes));
  let filled = 1;
  for (let d = sizes.length - 1; d >= 0; d--) {
    const stride = strides[d] ?? 0;
    const size = sizes[d] ?? 1;
    for (let i = 1; i < size; i++)
      for (let j = 0; j < filled; j++) list[i * filled + j] = i * stride + (list[j] ?? 0);
    filled *= size;
  }
  return list;
}
