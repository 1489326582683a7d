import { tapsInside, type WindowGeometry } from './windows';

type Elements = Float32Array | Int8Array | Int32Array | Float64Array;

/*
 * The sums under a convolution, once for floats and integers: every product of an int8 network is exact in a double, and
 * float networks accumulate in double, which is closer to the real sum than any float32 order.
 */

/** Output channels computed side by side, so that an input is read once for all of them. */
const ABREAST = 4;

/**
 * sums[at + b] += Σ (input + offset)·weights over one run of neighbouring inputs, for ABREAST output channels whose weights
 * start `fanIn` apart. Each sum is taken in the order of the run.
 */
function addRun(
  input: Elements,
  from: number,
  count: number,
  offset: number,
  weights: Elements,
  tap: number,
  fanIn: number,
  sums: Float64Array,
  at: number,
): void {
  let s0 = sums[at] as number;
  let s1 = sums[at + 1] as number;
  let s2 = sums[at + 2] as number;
  let s3 = sums[at + 3] as number;
  const w1 = tap + fanIn;
  const w2 = w1 + fanIn;
  const w3 = w2 + fanIn;
  for (let i = 0; i < count; i++) {
    const x = (input[from + i] as number) + offset;
    s0 += x * (weights[tap + i] as number);
    s1 += x * (weights[w1 + i] as number);
    s2 += x * (weights[w2 + i] as number);
    s3 += x * (weights[w3 + i] as number);
  }
  sums[at] = s0;
  sums[at + 1] = s1;
  sums[at + 2] = s2;
  sums[at + 3] = s3;
}

/** The same for a single output channel. */
function addSingleRun(
  input: Elements,
  from: number,
  count: number,
  offset: number,
  weights: Elements,
  tap: number,
  sums: Float64Array,
  at: number,
): void {
  let sum = sums[at] as number;
  for (let i = 0; i < count; i++)
    sum += ((input[from + i] as number) + offset) * (weights[tap + i] as number);
  sums[at] = sum;
}

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
  // Without dilation the taps of a row are one run of inputs.
  const dense = g.dilationWidth === 1;
  for (let y = 0, pixel = 0; y < g.outputHeight; y++) {
    const top = y * g.strideHeight - g.padTop;
    const [firstRow, pastRow] = tapsInside(top, kernelHeight, g.dilationHeight, g.inputHeight);
    for (let x = 0; x < g.outputWidth; x++, pixel += outputs) {
      const left = x * g.strideWidth - g.padLeft;
      const [firstColumn, pastColumn] = tapsInside(left, kernelWidth, g.dilationWidth, g.inputWidth);
      for (let o = 0; o < outputs; o++) sums[pixel + o] = bias === undefined ? 0 : (bias[o] as number);
      const count = dense ? (pastColumn - firstColumn) * channels : channels;
      for (let o = 0; o < outputs; ) {
        const abreast = o + ABREAST <= outputs;
        for (let ky = firstRow; ky < pastRow; ky++) {
          const row = (top + ky * g.dilationHeight) * g.inputWidth;
          for (let kx = firstColumn; kx < pastColumn; kx += dense ? kernelWidth : 1) {
            const from = (row + left + kx * g.dilationWidth) * channels;
            const tap = o * fanIn + (ky * kernelWidth + kx) * channels;
            if (abreast) addRun(input, from, count, offset, weights, tap, fanIn, sums, pixel + o);
            else addSingleRun(input, from, count, offset, weights, tap, sums, pixel + o);
          }
        }
        o += abreast ? ABREAST : 1;
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
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) sums[r * outputs + o] = bias === undefined ? 0 : (bias[o] as number);
    let o = 0;
    for (; o + ABREAST <= outputs; o += ABREAST)
      addRun(input, r * inputs, inputs, offset, weights, o * inputs, inputs, sums, r * outputs + o);
    for (; o < outputs; o++)
      addSingleRun(input, r * inputs, inputs, offset, weights, o * inputs, sums, r * outputs + o);
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
