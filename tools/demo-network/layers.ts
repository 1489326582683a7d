/** One trained array with its gradient and Adam's two moments. */
export interface Parameter {
  readonly values: Float32Array;
  readonly gradient: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

function parameter(count: number, deviation: number, uniform: () => number): Parameter {
  // Sum of twelve uniforms less six: close enough to a normal deviate, and free of Math.log's platform differences.
  const normal = (): number => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
  const values = Float32Array.from({ length: count }, () => (deviation === 0 ? 0 : deviation * normal()));
  return {
    values,
    gradient: new Float32Array(count),
    first: new Float32Array(count),
    second: new Float32Array(count),
  };
}

/** A layer that keeps what its backward pass needs from its last forward pass. Arrays are row-major, images HWC. */
export interface TrainableLayer {
  readonly parameters: readonly Parameter[];
  forward(input: Float32Array): Float32Array;
  /** Adds to the parameters' gradients; returns the gradient of the input. */
  backward(gradient: Float32Array): Float32Array;
}

/** y = W x + b for `rows` inputs at once, optionally through ReLU. Weights [outputs, inputs]. */
function affine(
  rows: number,
  inputs: number,
  outputs: number,
  relu: boolean,
  weights: Parameter,
  bias: Parameter,
) {
  const output = new Float32Array(rows * outputs);
  const w = weights.values;
  const dw = weights.gradient;
  const b = bias.values;
  const db = bias.gradient;
  return {
    forward(x: Float32Array): Float32Array {
      for (let r = 0; r < rows; r++) {
        const from = r * inputs;
        for (let o = 0; o < outputs; o++) {
          let sum = b[o] as number;
          const row = o * inputs;
          for (let i = 0; i < inputs; i++) sum += (w[row + i] as number) * (x[from + i] as number);
          output[r * outputs + o] = relu && sum < 0 ? 0 : sum;
        }
      }
      return output;
    },
    backward(gradient: Float32Array, x: Float32Array, dx: Float32Array): void {
      dx.fill(0);
      for (let r = 0; r < rows; r++) {
        const from = r * inputs;
        for (let o = 0; o < outputs; o++) {
          const g = gradient[r * outputs + o] as number;
          if (g === 0 || (relu && output[r * outputs + o] === 0)) continue;
          const row = o * inputs;
          db[o] = (db[o] as number) + g;
          for (let i = 0; i < inputs; i++) {
            dw[row + i] = (dw[row + i] as number) + g * (x[from + i] as number);
            dx[from + i] = (dx[from + i] as number) + g * (w[row + i] as number);
          }
        }
      }
    },
  };
}

export function dense(inputs: number, outputs: number, relu: boolean, uniform: () => number): TrainableLayer {
  const weights = parameter(outputs * inputs, Math.sqrt(2 / inputs), uniform);
  const bias = parameter(outputs, 0, uniform);
  const product = affine(1, inputs, outputs, relu, weights, bias);
  const dx = new Float32Array(inputs);
  let kept: Float32Array = new Float32Array(inputs);
  return {
    parameters: [weights, bias],
    forward: (x) => product.forward((kept = x)),
    backward(gradient) {
      product.backward(gradient, kept, dx);
      return dx;
    },
  };
}

/** Stride 1, SAME, ReLU; weights OHWI. Works on patches: one row of k·k·channels inputs per output pixel. */
export function convolution(
  size: number,
  channels: number,
  outputs: number,
  k: number,
  uniform: () => number,
): TrainableLayer {
  const fanIn = k * k * channels;
  const weights = parameter(outputs * fanIn, Math.sqrt(2 / fanIn), uniform);
  const bias = parameter(outputs, 0, uniform);
  const pixels = size * size;
  const patches = new Float32Array(pixels * fanIn);
  const dPatches = new Float32Array(pixels * fanIn);
  const dx = new Float32Array(pixels * channels);
  const product = affine(pixels, fanIn, outputs, true, weights, bias);
  const half = (k - 1) / 2;
  /** Calls visit(offset in a patch row, offset in the image) for every input inside the image. */
  const walk = (visit: (patch: number, image: number) => void): void => {
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let ky = 0; ky < k; ky++)
          for (let kx = 0; kx < k; kx++) {
            const iy = y + ky - half;
            const ix = x + kx - half;
            if (iy >= 0 && iy < size && ix >= 0 && ix < size)
              visit((y * size + x) * fanIn + (ky * k + kx) * channels, (iy * size + ix) * channels);
          }
  };
  return {
    parameters: [weights, bias],
    forward(input) {
      walk((patch, image) => {
        for (let c = 0; c < channels; c++) patches[patch + c] = input[image + c] as number;
      });
      return product.forward(patches);
    },
    backward(gradient) {
      product.backward(gradient, patches, dPatches);
      dx.fill(0);
      walk((patch, image) => {
        for (let c = 0; c < channels; c++)
          dx[image + c] = (dx[image + c] as number) + (dPatches[patch + c] as number);
      });
      return dx;
    },
  };
}

/** 2×2 maximum with stride 2. */
export function maxPool(size: number, channels: number): TrainableLayer {
  const half = size / 2;
  const output = new Float32Array(half * half * channels);
  const winner = new Uint32Array(output.length);
  const dx = new Float32Array(size * size * channels);
  return {
    parameters: [],
    forward(input) {
      for (let i = 0; i < output.length; i++) {
        const c = i % channels;
        const x = Math.floor(i / channels) % half;
        const y = Math.floor(i / (channels * half));
        let best = -1;
        for (const [dy, ddx] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ] as const) {
          const at = ((2 * y + dy) * size + 2 * x + ddx) * channels + c;
          if (best < 0 || (input[at] as number) > (input[best] as number)) best = at;
        }
        winner[i] = best;
        output[i] = input[best] as number;
      }
      return output;
    },
    backward(gradient) {
      dx.fill(0);
      for (let i = 0; i < gradient.length; i++) dx[winner[i] as number] = gradient[i] as number;
      return dx;
    },
  };
}
