import type { Uniform } from '@opq/data';

/** A plane [height, width], row-major, of mean 0 and deviation 1 over many draws. */
export type Plane = Float32Array;

/** Two numbers of the stream for one of the law (Box and Muller, 1958). */
export const gaussian = (uniform: Uniform): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

export const whitePlane = (height: number, width: number, uniform: Uniform): Plane =>
  Float32Array.from({ length: height * width }, () => gaussian(uniform));

/** cos and sin of 2π·k/n for k = 0…n − 1 */
function circle(n: number): readonly [cosines: Float64Array, sines: Float64Array] {
  const angle = (k: number): number => (2 * Math.PI * k) / n;
  return [
    Float64Array.from({ length: n }, (_, k) => Math.cos(angle(k))),
    Float64Array.from({ length: n }, (_, k) => Math.sin(angle(k))),
  ];
}

/** Cycles per element of row u of a spectrum of n rows. */
const frequency = (u: number, n: number): number => Math.min(u, n - u) / n;

/**
 * Gaussian noise whose amplitude falls as 1 / frequency^slope, as that of photographs does with a slope near 1 (Field, 1987):
 * waves of random phase over all frequencies of the plane, so that it goes on where it ends.
 */
export function colouredPlane(height: number, width: number, slope: number, uniform: Uniform): Plane {
  const [rowCos, rowSin] = circle(height);
  const [columnCos, columnSin] = circle(width);
  // [height, width] after the sum over the waves along the columns
  const real = new Float64Array(height * width);
  const imaginary = new Float64Array(height * width);
  let power = 0;
  for (let u = 0; u < height; u++)
    for (let v = 0; v < width; v++) {
      if (u === 0 && v === 0) continue;
      const amplitude = Math.hypot(frequency(u, height), frequency(v, width)) ** -slope;
      power += amplitude * amplitude;
      const a = amplitude * gaussian(uniform);
      const b = amplitude * gaussian(uniform);
      for (let y = 0, k = 0; y < width; y++, k = (k + v) % width) {
        const [c, s] = [columnCos[k] as number, columnSin[k] as number];
        real[u * width + y] = (real[u * width + y] as number) + a * c - b * s;
        imaginary[u * width + y] = (imaginary[u * width + y] as number) + a * s + b * c;
      }
    }
  const sums = new Float64Array(height * width);
  for (let x = 0; x < height; x++)
    for (let u = 0, k = 0; u < height; u++, k = (k + x) % height) {
      const [c, s] = [rowCos[k] as number, rowSin[k] as number];
      for (let y = 0; y < width; y++)
        sums[x * width + y] =
          (sums[x * width + y] as number) +
          (real[u * width + y] as number) * c -
          (imaginary[u * width + y] as number) * s;
    }
  const deviation = Math.sqrt(power) || 1;
  return Float32Array.from(sums, (sum) => sum / deviation);
}

/** Shifts and scales to mean 0 and deviation 1, in place; a flat one becomes 0. */
export function standardise(plane: Plane): Plane {
  const mean = plane.reduce((sum, v) => sum + v, 0) / plane.length;
  const deviation = Math.sqrt(plane.reduce((sum, v) => sum + (v - mean) ** 2, 0) / plane.length);
  for (let i = 0; i < plane.length; i++)
    plane[i] = deviation < 1e-9 ? 0 : ((plane[i] as number) - mean) / deviation;
  return plane;
}

/** Shapes lie on a plane whose longer side is 1; a point's distance along x and y from its top left. */
type Shape = (x: number, y: number) => number;

/** A spot, round or drawn out to a stroke. */
export function blob(uniform: Uniform): Shape {
  const [x0, y0, angle] = [uniform(), uniform(), Math.PI * uniform()];
  const length = 0.08 + 0.3 * uniform();
  const breadth = length * (0.15 + 0.85 * uniform());
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const along = ((x - x0) * c + (y - y0) * s) / length;
    const across = ((y - y0) * c - (x - x0) * s) / breadth;
    return Math.exp(-((along * along + across * across) ** 2));
  };
}

/** Two halves with a border between them, sharp or soft. */
export function edge(uniform: Uniform): Shape {
  const angle = 2 * Math.PI * uniform();
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [x0, y0] = [uniform(), uniform()];
  const softness = 0.01 + 0.08 * uniform() ** 2;
  return (x, y) => Math.tanh(((x - x0) * c + (y - y0) * s) / softness);
}

/** Brighter from one side to the other. */
export function gradient(uniform: Uniform): Shape {
  const angle = 2 * Math.PI * uniform();
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => x * c + y * s;
}

/** A shape's values at the middle of every element. */
export function drawn(shape: Shape, height: number, width: number): Plane {
  const side = Math.max(height, width);
  return Float32Array.from({ length: height * width }, (_, i) =>
    shape(((i % width) + 0.5) / side, (Math.floor(i / width) + 0.5) / side),
  );
}
