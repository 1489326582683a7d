import { elementCount, tensorOf, type Model, type WeightedLayer } from '@opq/ir';
import { tapsInside, windowGeometry, type WindowGeometry } from '@opq/reference';

/**
 * A weighted layer as products of rows and weights: output[p, o] = bias[o] + Σₖ row[p, group of o, k] · (k-th weight of o).
 * All outputs share one group of inputs, except that each input channel of a depthwise layer is a group of its own.
 */
export interface LayerRows {
  /** Inputs of one output: weights per output channel. */
  readonly fanIn: number;
  readonly groups: number;
  readonly channels: number;
  /** Output pixels of one sample (rows, for a dense layer). */
  readonly pixels: number;
  /** Writes what an output pixel reads: row[group · fanIn + k], zeros outside the image. */
  gather(input: Float32Array, pixel: number, row: Float64Array): void;
}

export function layerRows(model: Model, layer: WeightedLayer): LayerRows {
  const { shape } = tensorOf(model, layer.weights);
  const output = tensorOf(model, layer.output).shape;
  const channels = output.at(-1) ?? 1;
  const pixels = elementCount(output) / channels;
  if (layer.kind === 'fullyConnected') {
    const fanIn = shape[1] ?? 1;
    return {
      fanIn,
      groups: 1,
      channels,
      pixels,
      gather: (input, pixel, row) => row.set(input.subarray(pixel * fanIn, (pixel + 1) * fanIn)),
    };
  }
  const g = windowGeometry(model, layer, [shape[1] ?? 1, shape[2] ?? 1]);
  const taps = g.kernelHeight * g.kernelWidth;
  const inputs = g.inputChannels;
  const depthwise = layer.kind === 'depthwiseConv2d';
  // Where channel c of a tap stands in the row: OHWI runs through channels first, a depthwise group through taps.
  const [tapStride, channelStride] = depthwise ? [1, taps] : [inputs, 1];
  return {
    fanIn: depthwise ? taps : taps * inputs,
    groups: depthwise ? inputs : 1,
    channels,
    pixels,
    gather: (input, pixel, row) => {
      row.fill(0);
      eachTap(g, pixel, (tap, from) => {
        for (let c = 0; c < inputs; c++) row[tap * tapStride + c * channelStride] = input[from + c] as number;
      });
    },
  };
}

/** Calls visit(tap, index of the tap's first input) for every tap of an output pixel inside the image. */
function eachTap(g: WindowGeometry, pixel: number, visit: (tap: number, from: number) => void): void {
  const top = Math.floor(pixel / g.outputWidth) * g.strideHeight - g.padTop;
  const left = (pixel % g.outputWidth) * g.strideWidth - g.padLeft;
  const [firstRow, pastRow] = tapsInside(top, g.kernelHeight, g.dilationHeight, g.inputHeight);
  const [firstColumn, pastColumn] = tapsInside(left, g.kernelWidth, g.dilationWidth, g.inputWidth);
  for (let ky = firstRow; ky < pastRow; ky++)
    for (let kx = firstColumn; kx < pastColumn; kx++) {
      const at = (top + ky * g.dilationHeight) * g.inputWidth + left + kx * g.dilationWidth;
      visit(ky * g.kernelWidth + kx, at * g.inputChannels);
    }
}

/** Fractional part of the golden ratio: multiples of it modulo 1 spread evenly. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * At most `most` pixels of a sample, evenly spaced, the grid shifted from sample to sample so that all places come up.
 * The same for the same arguments.
 */
export function samplePixels(pixels: number, most: number, sample: number): readonly number[] {
  if (pixels <= most) return Array.from({ length: pixels }, (_, i) => i);
  const shift = (sample * GOLDEN) % 1;
  return Array.from({ length: most }, (_, i) => Math.floor(((i + shift) * pixels) / most));
}
