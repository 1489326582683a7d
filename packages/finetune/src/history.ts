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

/** Whether `a` is the better result: within the budget first, then accuracy, then loss. */
export function better(a: EpochRecord, b: EpochRecord): boolean {
  if (a.fits !== b.fits) return a.fits;
  const [x, y] = [a.validation.accuracy, b.validation.accuracy];
  if (x !== null && y !== null && x !== y) return x > y;
  return a.validation.loss < b.validation.loss;
}
