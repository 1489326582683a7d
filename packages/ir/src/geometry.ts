import type { Pair, Padding } from './layer';

/** Rows and columns that are really added around an image. */
export interface ResolvedPadding {
  /** Rows above it. */
  readonly top: number;
  /** Columns to its left. */
  readonly left: number;
  /** Rows below it. */
  readonly bottom: number;
  /** Columns to its right. */
  readonly right: number;
}

/** Extent of a dilated window along one dimension: (k − 1)·d + 1. */
export const dilatedExtent = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

const along = (input: number, window: number, stride: number): readonly [number, number] => {
  const output = Math.ceil(input / stride);
  const total = Math.max(0, (output - 1) * stride + window - input);
  // TensorFlow puts the odd row or column after the image.
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
};

/**
 * Rows and columns actually added around an image.
 * @param input [H, W] of the image
 * @param window [KH, KW] as stored, before dilation
 */
export function resolvePadding(
  padding: Padding,
  input: Pair,
  window: Pair,
  stride: Pair,
  dilation: Pair = [1, 1],
): ResolvedPadding {
  switch (padding.mode) {
    case 'valid':
      return { top: 0, left: 0, bottom: 0, right: 0 };
    case 'explicit':
      return { top: padding.top, left: padding.left, bottom: padding.bottom, right: padding.right };
    case 'same': {
      const [top, bottom] = along(input[0], dilatedExtent(window[0], dilation[0]), stride[0]);
      const [left, right] = along(input[1], dilatedExtent(window[1], dilation[1]), stride[1]);
      return { top, left, bottom, right };
    }
  }
}

/** [H', W'] of the output; zero or negative where the window does not fit. */
export function outputSize(
  padding: Padding,
  input: Pair,
  window: Pair,
  stride: Pair,
  dilation: Pair = [1, 1],
): Pair {
  const p = resolvePadding(padding, input, window, stride, dilation);
  return [
    Math.floor((input[0] + p.top + p.bottom - dilatedExtent(window[0], dilation[0])) / stride[0]) + 1,
    Math.floor((input[1] + p.left + p.right - dilatedExtent(window[1], dilation[1])) / stride[1]) + 1,
  ];
}

/** NumPy broadcasting of two shapes; undefined where they do not agree. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) return undefined;
    shape.push(p === 1 ? q : p);
  }
  return shape;
}
