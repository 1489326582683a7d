import { outputSize, resolvePadding, type Padding, type Pair } from '@opq/ir';

/** How a window runs over an image, with padding in rows and columns. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  /** [H, W] */
  readonly input: Pair;
  /** [H', W'] */
  readonly output: Pair;
}

export function windowOf(
  input: Pair,
  kernel: Pair,
  layer: { readonly stride: Pair; readonly padding: Padding; readonly dilation?: Pair },
): Window {
  const { stride, padding, dilation = [1, 1] } = layer;
  return {
    kernel,
    stride,
    dilation,
    ...resolvePadding(padding, input, kernel, stride, dilation),
    input,
    output: outputSize(padding, input, kernel, stride, dilation),
  };
}

/** ONNX's order of padding: beginnings, then ends. */
export const padsOf = ({ top, left, bottom, right }: Window): readonly number[] => [top, left, bottom, right];

/** Rows and columns at the end of the padded image that no window reaches. */
export const unreached = (w: Window): Pair => {
  const rest = (total: number, outputs: number, stride: number, kernel: number, dilation: number): number =>
    total - ((outputs - 1) * stride + (kernel - 1) * dilation + 1);
  return [
    rest(w.input[0] + w.top + w.bottom, w.output[0], w.stride[0], w.kernel[0], w.dilation[0]),
    rest(w.input[1] + w.left + w.right, w.output[1], w.stride[1], w.kernel[1], w.dilation[1]),
  ];
};
