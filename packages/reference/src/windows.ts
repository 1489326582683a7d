import {
  outputSize,
  resolvePadding,
  tensorOf,
  type Model,
  type Padding,
  type Pair,
  type TensorId,
} from '@opq/ir';

/** All sizes of a sliding window over an image. */
export interface WindowGeometry {
  /** Rows of the image. */
  readonly inputHeight: number;
  /** Columns of the image. */
  readonly inputWidth: number;
  /** Elements of a pixel. */
  readonly inputChannels: number;
  /** Rows of the output. */
  readonly outputHeight: number;
  /** Columns of the output. */
  readonly outputWidth: number;
  /** Elements of an output pixel. */
  readonly outputChannels: number;
  /** Rows of the window, before dilation. */
  readonly kernelHeight: number;
  /** Columns of the window, before dilation. */
  readonly kernelWidth: number;
  /** Rows from one window to the next. */
  readonly strideHeight: number;
  /** Columns from one window to the next. */
  readonly strideWidth: number;
  /** Rows from one tap of a window to the next; 1: neighbours. */
  readonly dilationHeight: number;
  /** Columns from one tap of a window to the next. */
  readonly dilationWidth: number;
  /** Rows added above the image. */
  readonly padTop: number;
  /** Columns added to its left. */
  readonly padLeft: number;
}

interface Windowed {
  readonly input: TensorId;
  readonly output: TensorId;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation?: Pair;
}

/**
 * Resolves the sizes of a layer with windows.
 * @param window [KH, KW] as stored, before dilation
 */
export function windowGeometry(model: Model, layer: Windowed, window: Pair): WindowGeometry {
  const [, height = 1, width = 1, channels = 1] = tensorOf(model, layer.input).shape;
  const dilation = layer.dilation ?? [1, 1];
  const [outputHeight, outputWidth] = outputSize(
    layer.padding,
    [height, width],
    window,
    layer.stride,
    dilation,
  );
  const { top, left } = resolvePadding(layer.padding, [height, width], window, layer.stride, dilation);
  return {
    inputHeight: height,
    inputWidth: width,
    inputChannels: channels,
    outputHeight,
    outputWidth,
    outputChannels: tensorOf(model, layer.output).shape.at(-1) ?? 1,
    kernelHeight: window[0],
    kernelWidth: window[1],
    strideHeight: layer.stride[0],
    strideWidth: layer.stride[1],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    padTop: top,
    padLeft: left,
  };
}

/** [first, past the last] tap of a window that starts at `origin` and stays inside 0…extent. */
export function tapsInside(
  origin: number,
  kernel: number,
  dilation: number,
  extent: number,
): readonly [number, number] {
  const first = origin >= 0 ? 0 : Math.ceil(-origin / dilation);
  const past = Math.min(kernel, Math.ceil((extent - origin) / dilation));
  return [first, Math.max(first, past)];
}
