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
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

interface Windowed {
  readonly input: TensorId;
  readonly output: TensorId;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation?: Pair;
}

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
