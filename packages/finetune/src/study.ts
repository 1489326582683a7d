import { createBatches, type Batch } from '@opq/data';
import { finetuneErrors } from '@opq/errors';
import type { OptimiserOptions } from './optimiser';
import type { FinetuneOptions } from './options';
import type { Schedule } from './schedule';
import type { FinetuneRequest } from './train';
import type { Loss } from './graph/training-graph';

/** What a run learns from, and how fast. */
export interface Study {
  readonly stepsPerEpoch: number;
  readonly schedule: Schedule;
  readonly optimiser: OptimiserOptions;
  /** Batches of one epoch from a step on; the seed alone decides what they hold. */
  batches(epoch: number, startAt: number): Iterable<Batch>;
}

/** @throws OPQ1405 for fewer samples than a batch */
export function createStudy({ training, options }: Pick<FinetuneRequest, 'training' | 'options'>): Study {
  const stepsPerEpoch = Math.floor(training.count / options.batch);
  if (stepsPerEpoch === 0) throw finetuneErrors.tooFewSamples(training.count, options.batch);
  return {
    stepsPerEpoch,
    schedule: { kind: options.schedule, peak: options.learningRate, warmUp: options.warmUp },
    optimiser:
      options.optimiser === 'adam'
        ? { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
        : { kind: 'sgd', momentum: options.momentum },
    batches: (epoch, startAt) =>
      createBatches(training, {
        size: options.batch,
        seed: options.seed,
        epoch,
        shuffle: true,
        dropLast: true,
        startAt,
        ...(options.augment && { augment: options.augment }),
      }),
  };
}

/** What the option `loss` minimises. */
export function lossOf({
  loss,
  temperature,
  layerLoss,
}: Pick<FinetuneOptions, 'loss' | 'temperature' | 'layerLoss'>): Loss {
  const none: Loss = {
    crossEntropy: 0,
    distillation: 0,
    temperature,
    meanSquare: 0,
    meanSquareAgainst: 'teacher',
    layers: layerLoss,
  };
  switch (loss) {
    case 'labels':
      return { ...none, crossEntropy: 1 };
    case 'distillation':
      return { ...none, distillation: 1 };
    case 'both':
      return { ...none, crossEntropy: 0.5, distillation: 0.5 };
    case 'mse':
      return { ...none, meanSquare: 1 };
  }
}
