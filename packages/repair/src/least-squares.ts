import type { PricedLevels } from './levels';

/*
 * Dense linear algebra on row-major double matrices. A symmetric positive matrix A is factored as A = UᵀU, U upper triangular;
 * every inner loop runs along a row.
 */

/** Factors in place: the upper triangle of `a` becomes U. @returns false where A is not positive definite */
export function cholesky(a: Float64Array, n: number): boolean {
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k] as number;
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    for (let j = k; j < n; j++) a[k * n + j] = (a[k * n + j] as number) / root;
    for (let i = k + 1; i < n; i++) {
      const factor = a[k * n + i] as number;
      if (factor === 0) continue;
      for (let j = i; j < n; j++) a[i * n + j] = (a[i * n + j] as number) - factor * (a[k * n + j] as number);
    }
  }
  return true;
}

/** x with UᵀU·x = b. */
export function solve(u: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    const value = (x[i] as number) / (u[i * n + i] as number);
    x[i] = value;
    for (let j = i + 1; j < n; j++) x[j] = (x[j] as number) - value * (u[i * n + j] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = x[i] as number;
    for (let j = i + 1; j < n; j++) value -= (u[i * n + j] as number) * (x[j] as number);
    x[i] = value / (u[i * n + i] as number);
  }
  return x;
}

/**
 * Rounds x to levels one element after the other, from the last to the first, each to the level that costs least given those
 * already rounded: without prices the nearest plane to ‖U(x − q)‖². (Error feedback as in GPTQ is this very computation.)
 */
export function nearestPlane(
  u: Float64Array,
  x: Float64Array,
  levels: Pick<PricedLevels, 'choose'>,
): Float64Array {
  const n = x.length;
  const q = new Float64Array(n);
  const rest = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let feedback = 0;
    for (let j = i + 1; j < n; j++) feedback += (u[i * n + j] as number) * (rest[j] as number);
    const diagonal = u[i * n + i] as number;
    q[i] = levels.choose((x[i] as number) + feedback / diagonal, diagonal * diagonal);
    rest[i] = (x[i] as number) - (q[i] as number);
  }
  return q;
}

/**
 * Lowers qᵀAq − 2bᵀq + Σ price(qᵢ) by moving one element at a time to its best level, round after round until none moves.
 * Never raises it. @param q changed in place
 */
export function coordinateDescent(
  a: Float64Array,
  b: Float64Array,
  q: Float64Array,
  levels: PricedLevels,
  rounds: number,
): void {
  const n = q.length;
  // Half the gradient.
  const gradient = product(a, q).map((v, i) => v - (b[i] as number));
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (let i = 0; i < n; i++) {
      const curvature = a[i * n + i] as number;
      const old = q[i] as number;
      const level = levels.choose(old - (gradient[i] as number) / curvature, curvature);
      if (level === old) continue;
      const step = level - old;
      // Equally good on either side: stay, so that the rounds end.
      const more = levels.price(level) - levels.price(old);
      if (!(step * (2 * (gradient[i] as number) + step * curvature) + more < 0)) continue;
      q[i] = level;
      moved = true;
      for (let j = 0; j < n; j++) gradient[j] = (gradient[j] as number) + step * (a[i * n + j] as number);
    }
    if (!moved) return;
  }
}

/** A·x */
export function product(a: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return x.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (a[i * n + j] as number) * (x[j] as number);
    return sum;
  });
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
