/** What one epoch came to. Epoch 0 is the network before any training. */
export interface EpochRecord {
  /** From 0. */
  readonly epoch: number;
  /** Mean loss over the steps of the epoch; null for epoch 0. */
  readonly loss: number | null;
  /** Of the network as it would be stored (weights at their levels), on samples not trained on; accuracy only with labels, 0…1. */
  readonly validation: { readonly loss: number; readonly accuracy: number | null };
  /** Weights and their tables as stored. */
  readonly bytes: number;
  /** Whether that keeps to the budget. */
  readonly fits: boolean;
  /** What a bit cost, in squared steps, when weights chose their levels. */
  readonly bitPrice: number;
  /** Of the last step; 0 for epoch 0. */
  readonly learningRate: number;
}

/** Samples from which on an accuracy is taken as it is measured. */
const MANY = 1000;

/**
 * Whether an epoch is better than the one that leads: within the budget first; then by accuracy, where it is not clearly lower than the highest that has
 * been seen. Of many samples no difference is too small; of few, one standard error √(p(1 − p) / n) is. Of two such epochs the one with
 * the smaller loss is better, which varies less.
 * @param history all epochs before it, the leader among them
 * @param samples that accuracies were measured on
 */
export function better(
  epoch: EpochRecord,
  leader: EpochRecord,
  history: readonly EpochRecord[],
  samples: number,
): boolean {
  if (epoch.fits !== leader.fits) return epoch.fits;
  const accuracyOf = ({ validation }: EpochRecord): number => validation.accuracy ?? 0;
  const comparable = [...history, epoch].filter(({ fits }) => fits === epoch.fits);
  const highest = Math.max(...comparable.map(accuracyOf));
  const least = highest - (samples < MANY ? Math.sqrt((highest * (1 - highest)) / samples) : 0);
  if (accuracyOf(epoch) < least) return false;
  return accuracyOf(leader) < least || epoch.validation.loss < leader.validation.loss;
}
