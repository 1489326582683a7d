/*
 * A layer's weights as a zero-mean Laplace density with mean magnitude τ (docs/method.md, Pruning).
 */

/** Share of weights with |w| ≤ β: p = 1 − e^(−β/τ). */
export const prunedShare = (threshold: number, tau: number): number =>
  tau === 0 ? 1 : -Math.expm1(-threshold / tau);

/** Mean square lost per weight by zeroing |w| ≤ β: E[x²; |x| ≤ β] = 2τ² − e^(−β/τ)(β² + 2βτ + 2τ²). */
export function pruningError(threshold: number, tau: number): number {
  if (tau === 0) return 0;
  return (
    2 * tau * tau - Math.exp(-threshold / tau) * (threshold * threshold + 2 * threshold * tau + 2 * tau * tau)
  );
}

/** ω = N^(−a)·σ^(−2b) with σ² = 2τ². A layer of zeros counts as if τ were 1: nothing is lost there whatever happens. */
export function normalisation(count: number, tau: number, a: number, b: number): number {
  const sigma = Math.SQRT2 * (tau === 0 ? 1 : tau);
  return count ** -a * sigma ** (-2 * b);
}

/** One layer of the budget equation. */
export interface LayerShare {
  /** Number of weights. */
  readonly count: number;
  /** s = √ω·τ > 0 */
  readonly s: number;
  /** Largest share that may be pruned, 0…1. */
  readonly limit: number;
}

/** pᵢ(μ) = min(limit, 1 − e^(−μ/s)). */
export const shareAt = (layer: LayerShare, mu: number): number =>
  Math.min(layer.limit, -Math.expm1(-mu / layer.s));

/**
 * The μ at which Σ Nᵢ pᵢ(μ) reaches `pruned` weights. The survivors' sum is convex and decreasing in μ, so Newton's steps from
 * the lower end of the bracket never pass the root; bisection takes over should rounding make one leave the bracket.
 * @param pruned 0 … Σ Nᵢ·limitᵢ
 */
export function solveMultiplier(layers: readonly LayerShare[], pruned: number): number {
  const total = layers.reduce((n, l) => n + l.count, 0);
  if (total === 0 || pruned <= 0) return 0;
  const excess = (mu: number): number =>
    layers.reduce((n, l) => n + l.count * (1 - shareAt(l, mu)), 0) - (total - pruned);
  const slope = (mu: number): number =>
    layers.reduce((n, l) => n - (shareAt(l, mu) < l.limit ? (l.count / l.s) * Math.exp(-mu / l.s) : 0), 0);
  const [low, high] = bracket(layers, pruned / total);
  let mu = low;
  let below = low;
  let above = high;
  while (excess(above) > 0 && Number.isFinite(above)) above *= 2;
  for (let step = 0; step < 200; step++) {
    const f = excess(mu);
    if (f > 0) below = mu;
    else above = mu;
    const newton = mu - f / slope(mu);
    const next = newton > below && newton < above ? newton : (below + above) / 2;
    if (next === mu || Math.abs(f) < 1e-9 * total) return mu;
    mu = next;
  }
  return mu;
}

/** μ lies in −ln(1 − p)·[min s, max s] where no limit binds. */
export function bracket(layers: readonly LayerShare[], share: number): readonly [number, number] {
  const scale = share < 1 ? -Math.log1p(-share) : 50;
  return [
    scale * layers.reduce((m, l) => Math.min(m, l.s), Infinity),
    scale * layers.reduce((m, l) => Math.max(m, l.s), 0),
  ];
}
