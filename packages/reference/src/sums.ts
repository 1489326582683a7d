import { tapsInside, type WindowGeometry } from './windows';

type Elements = Float32Array | Int8Array | Int32Array | Float64Array;

/*
 * The sums under a convolution, once for floats and integers: every product of an int8 network is exact in a double, and
 * float networks accumulate in double, which is closer to the real sum than any float32 order.
 */

/**
 * sums[p, o] = bias[o] + Σ (input + offset)·weights over the taps inside the image.
 * @param weights OHWI @param offset added to every input inside the image (−zero point; 0 for floats)
 */
export function convolutionSums(
  g: WindowGeometry,
  input: Elements,
  weights: Elements,
  bias: Elements | undefined,
  offset: number,
  sums: Float64Array,
): void {
  const { inputChannels: channels, outputChannels: outputs, kernelHeight, kernelWidth } = g;
  const fanIn = kernelHeight * kernelWidth * channels;
  let at = 0;
  for (let y = 0; y < g.outputHeight; y++) {
    const top = y * g.strideHeight - g.padTop;
    const [firstRow, pastRow] = tapsInside(top, kernelHeight, g.dilationHeight, g.inputHeight);
    for (let x = 0; x < g.outputWidth; x++) {
      const left = x * g.strideWidth - g.padLeft;
      const [firstColumn, pastColumn] = tapsInside(left, kernelWidth, g.dilationWidth, g.inputWidth);
      for (let o = 0; o < outputs; o++) {
        let sum = bias === undefined ? 0 : (bias[o] as number);
        for (let ky = firstRow; ky < pastRow; ky++) {
          const row = (top + ky * g.dilationHeight) * g.inputWidth;
          for (let kx = firstColumn; kx < pastColumn; kx++) {
            const from = (row + left + kx * g.dilationWidth) * channels;
            const tap = o * fanIn + (ky * kernelWidth + kx) * channels;
            for (let c = 0; c < channels; c++)
              sum += ((input[from + c] as number) + offset) * (weights[tap + c] as number);
          }
        }
        sums[at++] = sum;
      }
    }
  }
}

/** The same with one input channel per output channel. @param weights [1, KH, KW, O] */
export function depthwiseSums(
  g: WindowGeometry,
  input: Elements,
  weights: Elements,
  bias: Elements | undefined,
  offset: number,
  sums: Float64Array,
): void {
  const { inputChannels: channels, outputChannels: outputs, kernelHeight, kernelWidth } = g;
  const multiplier = outputs / channels;
  let at = 0;
  for (let y = 0; y < g.outputHeight; y++) {
    const top = y * g.strideHeight - g.padTop;
    const [firstRow, pastRow] = tapsInside(top, kernelHeight, g.dilationHeight, g.inputHeight);
    for (let x = 0; x < g.outputWidth; x++) {
      const left = x * g.strideWidth - g.padLeft;
      const [firstColumn, pastColumn] = tapsInside(left, kernelWidth, g.dilationWidth, g.inputWidth);
      for (let o = 0; o < outputs; o++) {
        const channel = Math.floor(o / multiplier);
        let sum = bias === undefined ? 0 : (bias[o] as number);
        for (let ky = firstRow; ky < pastRow; ky++) {
          const row = (top + ky * g.dilationHeight) * g.inputWidth;
          for (let kx = firstColumn; kx < pastColumn; kx++) {
            const from = (row + left + kx * g.dilationWidth) * channels + channel;
            sum +=
              ((input[from] as number) + offset) * (weights[(ky * kernelWidth + kx) * outputs + o] as number);
          }
        }
        sums[at++] = sum;
      }
    }
  }
}

/** sums[r, o] = bias[o] + Σ (input[r, i] + offset)·weights[o, i]. */
export function denseSums(
  inputs: number,
  outputs: number,
  input: Elements,
  weights: Elements,
  bias: Elements | undefined,
  offset: number,
  sums: Float64Array,
): void {
  const rows = sums.length / outputs;
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < outputs; o++) {
      let sum = bias === undefined ? 0 : (bias[o] as number);
      for (let i = 0; i < inputs; i++)
        sum += ((input[r * inputs + i] as number) + offset) * (weights[o * inputs + i] as number);
      sums[r * outputs + o] = sum;
    }
}

/** Calls visit(output index, input index) for every pixel inside each pooling window, and done(output index, pixels) after it. */
export function poolWindows(
  g: WindowGeometry,
  visit: (output: number, input: number) => void,
  done: (output: number, pixels: number) => void,
): void {
  const channels = g.inputChannels;
  let at = 0;
  for (let y = 0; y < g.outputHeight; y++) {
    const top = y * g.strideHeight - g.padTop;
    const [firstRow, pastRow] = tapsInside(top, g.kernelHeight, 1, g.inputHeight);
    for (let x = 0; x < g.outputWidth; x++) {
      const left = x * g.strideWidth - g.padLeft;
      const [firstColumn, pastColumn] = tapsInside(left, g.kernelWidth, 1, g.inputWidth);
      for (let c = 0; c < channels; c++, at++) {
        for (let ky = firstRow; ky < pastRow; ky++)
          for (let kx = firstColumn; kx < pastColumn; kx++)
            visit(at, ((top + ky) * g.inputWidth + left + kx) * channels + c);
        done(at, (pastRow - firstRow) * (pastColumn - firstColumn));
      }
    }
  }
}
