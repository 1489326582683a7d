export interface Schedule {
  /** `cosine`: from the peak down to 0 along half a cosine; `constant`: the peak all along. */
  readonly kind: 'cosine' | 'constant';
  readonly peak: number;
  /** Part of all steps over which the rate rises linearly to the peak, 0…1. */
  readonly warmUp: number;
}

/** Learning rate of one step. @param step 0…total − 1 */
export function learningRateAt({ kind, peak, warmUp }: Schedule, step: number, total: number): number {
  const rising = Math.floor(warmUp * total);
  if (step < rising) return (peak * (step + 1)) / (rising + 1);
  if (kind === 'constant') return peak;
  return (peak * (1 + Math.cos((Math.PI * (step - rising)) / Math.max(1, total - rising)))) / 2;
}
