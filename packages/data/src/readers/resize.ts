/** The share that each source position has in one target position. */
interface Share {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Target position t covers the source from t·f to (t+1)·f, f = from/to: the mean over that stretch, ends counted by the part covered. */
function boxShares(from: number, to: number): readonly Share[] {
  return Array.from({ length: to }, (_, t) => {
    const [start, end] = [(t * from) / to, ((t + 1) * from) / to];
    const [first, last] = [Math.floor(start), Math.min(from, Math.ceil(end))];
    const weights = Array.from(
      { length: last - first },
      (_, i) => (Math.min(end, first + i + 1) - Math.max(start, first + i)) / (end - start),
    );
    return { first, weights };
  });
}

/** The centre of target pixel t lies at (t + ½)·f − ½ in the source: the two neighbours by their distance, edges repeated. */
function linearShares(from: number, to: number): readonly Share[] {
  return Array.from({ length: to }, (_, t) => {
    const centre = Math.min(Math.max(((t + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.min(Math.floor(centre), Math.max(0, from - 2));
    const share = centre - first;
    return { first, weights: from === 1 ? [1] : [1 - share, share] };
  });
}

const sharesOf = (from: number, to: number): readonly Share[] =>
  to < from ? boxShares(from, to) : linearShares(from, to);

/**
 * Stretches an image [height, width, channels] to another size; proportions are not kept. Each direction by itself, rows first:
 * a smaller extent is a mean over the area each new pixel covers (box), a larger one is linear between pixel centres with edges
 * repeated, an equal one is left as it is. Sums in double precision, rounded to float32 after each direction.
 */
export function resize(
  image: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  [newHeight, newWidth]: readonly [number, number],
): Float32Array {
  const rows =
    newHeight === height ? image : along(image, 1, height, width * channels, sharesOf(height, newHeight));
  return newWidth === width ? rows : along(rows, newHeight, width, channels, sharesOf(width, newWidth));
}

/** Resizes the middle dimension of [outer, from, inner]. */
function along(
  values: Float32Array,
  outer: number,
  from: number,
  inner: number,
  shares: readonly Share[],
): Float32Array {
  const result = new Float32Array(outer * shares.length * inner);
  for (let o = 0; o < outer; o++)
    shares.forEach(({ first, weights }, t) => {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += (weights[k] ?? 0) * (values[(o * from + first + k) * inner + i] ?? 0);
        result[(o * shares.length + t) * inner + i] = sum;
      }
    });
  return result;
}
