/** Numbers that lie beside each other in an image: [height, width, channels], row-major. */
export type Layout = readonly [height: number, width: number, channels: number];

/** Below this difference, in deviations, the total variation is round, so that it has a gradient everywhere. */
const ROUND = 0.05;

/**
 * Adds to `gradient` that of weight · (total variation ÷ elements): the mean size of the differences between neighbours
 * (Rudin, Osher and Fatemi, 1992).
 * @param values and `gradient` [height, width, channels]
 */
export function addVariationGradient(
  values: Float32Array,
  gradient: Float32Array,
  weight: number,
  [height, width, channels]: Layout,
): void {
  const scale = weight / values.length;
  const pull = (i: number, j: number): void => {
    const difference = (values[i] as number) - (values[j] as number);
    const slope = (scale * difference) / Math.hypot(difference, ROUND);
    gradient[i] = (gradient[i] as number) + slope;
    gradient[j] = (gradient[j] as number) - slope;
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const i = (y * width + x) * channels + c;
        if (x + 1 < width) pull(i, i + channels);
        if (y + 1 < height) pull(i, i + width * channels);
      }
}

/**
 * Moves an image, what leaves at one side coming in at the other: element (y, x) of the result is (y + dy, x + dx) of `from`.
 * @param dy and `dx` whole numbers of any sign
 */
export function rolled(
  from: Float32Array,
  into: Float32Array,
  [height, width, channels]: Layout,
  dy: number,
  dx: number,
): void {
  const wrap = (value: number, size: number): number => ((value % size) + size) % size;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const source = (wrap(y + dy, height) * width + wrap(x + dx, width)) * channels;
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) into[to + c] = from[source + c] as number;
    }
}
