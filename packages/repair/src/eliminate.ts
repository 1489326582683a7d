/*
 * Optimal brain surgery on one output: which inputs it can do without, and in which order (Hassibi and Stork, "Second order derivatives for network pruning",
 * 1993; layer by layer: Frantar and Alistarh, "Optimal Brain Compression", NeurIPS 2022).
 */

/** The inverse of a symmetric positive matrix, row-major. @returns undefined where it is singular */
export function inverse(matrix: Float64Array, n: number): Float64Array | undefined {
  const a = Float64Array.from(matrix);
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) result[i * (n + 1)] = 1;
  for (let k = 0; k < n; k++) {
    const pivot = a[k * (n + 1)] as number;
    if (!(pivot > 0)) return undefined;
    for (let j = 0; j < n; j++) {
      a[k * n + j] = (a[k * n + j] as number) / pivot;
      result[k * n + j] = (result[k * n + j] as number) / pivot;
    }
    for (let i = 0; i < n; i++) {
      const factor = a[i * n + k] as number;
      if (i === k || factor === 0) continue;
      for (let j = 0; j < n; j++) {
        a[i * n + j] = (a[i * n + j] as number) - factor * (a[k * n + j] as number);
        result[i * n + j] = (result[i * n + j] as number) - factor * (result[k * n + j] as number);
      }
    }
  }
  return result;
}

/** One input after the other that is let go. */
export interface Elimination {
  readonly input: number;
  /** By how much wᵀHw − 2cᵀw rises, all that is left having been solved anew: ≥ 0. */
  readonly cost: number;
}

/**
 * Lets go of all inputs, each time of the one that costs least, w²/[H⁻¹]ᵢᵢ, and solves the others anew.
 * @param covariance the inverse of H, [n, n]
 * @param weights the solution with all inputs, H⁻¹c
 */
export function eliminate(covariance: Float64Array, weights: Float64Array): readonly Elimination[] {
  const n = weights.length;
  const h = Float64Array.from(covariance);
  const w = Float64Array.from(weights);
  const left = Int32Array.from({ length: n }, (_, i) => i);
  const order: Elimination[] = [];
  for (let count = n; count > 0; count--) {
    let [at, cost] = [0, Infinity];
    for (let k = 0; k < count; k++) {
      const i = left[k] as number;
      const own = (w[i] as number) ** 2 / (h[i * (n + 1)] as number);
      if (own < cost) [at, cost] = [k, own];
    }
    const gone = left[at] as number;
    order.push({ input: gone, cost: Number.isFinite(cost) ? cost : 0 });
    left[at] = left[count - 1] as number;
    const pivot = h[gone * (n + 1)] as number;
    const share = (w[gone] as number) / pivot;
    for (let k = 0; k < count - 1; k++) {
      const i = left[k] as number;
      const factor = (h[i * n + gone] as number) / pivot;
      if (factor === 0) continue;
      w[i] = (w[i] as number) - share * (h[i * n + gone] as number);
      for (let l = 0; l < count - 1; l++) {
        const j = left[l] as number;
        h[i * n + j] = (h[i * n + j] as number) - factor * (h[gone * n + j] as number);
      }
    }
  }
  return order;
}
