/** A Gaussian cut off at both ends, which turns unit Gaussians into values of a wanted mean, deviation and range. */
export interface Marginal {
  readonly centre: number;
  readonly spread: number;
}

/** Error at most 1.5·10⁻⁷: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const polynomial =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
}

const distribution = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Mean and deviation of min(max(centre + spread·z, lowest), highest) for Gaussian z; moments of the censored normal law. */
export function censoredMoments(
  { centre, spread }: Marginal,
  lowest: number,
  highest: number,
): { readonly mean: number; readonly deviation: number } {
  // Of the value above the lowest end, so that nothing large cancels.
  const [m, b] = [centre - lowest, highest - lowest];
  const [low, high] = [-m / spread, (b - m) / spread];
  const above = 1 - distribution(high);
  const between = distribution(high) - distribution(low);
  const [left, right] = [density(low), density(high)];
  const mean = b * above + m * between + spread * (left - right);
  const square =
    b * b * above +
    m * m * between +
    2 * m * spread * (left - right) +
    spread * spread * (between + low * left - high * right);
  return { mean: mean + lowest, deviation: Math.sqrt(Math.max(0, square - mean * mean)) };
}

const STEPS = 60;
/** Spreads that are searched, in ranges. */
const [NARROWEST, WIDEST] = [1e-7, 1e3];

/** The cut-off Gaussian of these moments: the mean rises with the centre, the deviation at that mean with the spread. */
export function marginalOf(mean: number, deviation: number, lowest: number, highest: number): Marginal {
  const width = highest - lowest;
  const centred = (spread: number): Marginal => {
    let [low, high] = [lowest - 6 * spread, highest + 6 * spread];
    for (let step = 0; step < STEPS; step++) {
      const centre = (low + high) / 2;
      if (censoredMoments({ centre, spread }, lowest, highest).mean < mean) low = centre;
      else high = centre;
    }
    return { centre: (low + high) / 2, spread };
  };
  let [narrow, wide] = [NARROWEST * width, WIDEST * width];
  for (let step = 0; step < STEPS; step++) {
    const spread = Math.sqrt(narrow * wide);
    if (censoredMoments(centred(spread), lowest, highest).deviation < deviation) narrow = spread;
    else wide = spread;
  }
  return centred(Math.sqrt(narrow * wide));
}
