import { dataErrors } from '@opq/errors';
import { augmentImage, checkAugmentation, type Augmentation } from './augment';
import { elements, type Dataset } from './dataset';
import { counted, randomStream, shuffle } from './random';
import { readSamples } from './subset';

/** Samples that are worked on together. The arrays are the receiver's own. */
export interface Batch {
  /** Number of the batch in its epoch, from 0. */
  readonly step: number;
  /** [size, …shape of a sample]: [size, height, width, channels] for images; row-major real values. */
  readonly inputs: Float32Array;
  /** [size] class numbers; undefined where the data set has no labels. */
  readonly labels: Int32Array | undefined;
  /** [size] which samples of the data set these are. */
  readonly indices: Uint32Array;
}

/** How one pass over a data set is cut into batches. */
export interface BatchOptions {
  /** Samples in a batch; the last one may have fewer. */
  readonly size: number;
  /** Decides order and augmentation together with `epoch`. */
  readonly seed: number;
  /** Number of the pass over the data set, from 0. */
  readonly epoch: number;
  /** true: in an order of its own for each (seed, epoch). */
  readonly shuffle?: boolean;
  /** Changes made to images, drawn anew in each epoch; none unless given. */
  readonly augment?: Augmentation;
  /** true: a last batch with fewer samples is left out. */
  readonly dropLast?: boolean;
  /** Batch to start with: the rest of the epoch is the same as without. */
  readonly startAt?: number;
  /** Number of classes of the network; every label is checked against it first. */
  readonly classes?: number;
}

/** One epoch. Each walk over it starts anew. */
export interface Batches extends Iterable<Batch> {
  /** Batches of the whole epoch, those before `startAt` counted too. */
  readonly steps: number;
}

/** @throws OPQ0416, OPQ0420 */
function labelsOf(dataset: Dataset, classes: number | undefined): Int32Array | undefined {
  if (dataset.count === 0 || dataset.label(0) === undefined) return undefined;
  const labels = new Int32Array(dataset.count);
  for (let i = 0; i < dataset.count; i++) {
    const label = dataset.label(i);
    if (label === undefined) throw dataErrors.badBatches(`sample ${i} has no label, and others have`);
    if (!Number.isInteger(label) || label < 0 || (classes !== undefined && label >= classes))
      throw dataErrors.labelOutside('the data set', i, label, classes);
    labels[i] = label;
  }
  return labels;
}

const whole = (name: string, value: number, least: number): void => {
  if (!Number.isSafeInteger(value) || value < least)
    throw dataErrors.badBatches(`${name} is ${value}, not a whole number from ${least} on`);
};

/**
 * The batches of one epoch, read as they are asked for; one batch is in memory at a time. (seed, epoch) fix all of them: order
 * by Fisher–Yates, and changes to images by (seed, epoch, index of the sample). So a run that stopped at (epoch, step) goes on
 * with `startAt: step` as if it had not stopped.
 * @throws OPQ0416, OPQ0420; while walking OPQ0401, OPQ0408, OPQ0413, OPQ0414
 */
export function createBatches(dataset: Dataset, options: BatchOptions): Batches {
  const { size, seed, epoch, augment, dropLast = false, startAt = 0 } = options;
  whole('size', size, 1);
  whole('epoch', epoch, 0);
  whole('startAt', startAt, 0);
  if (!Number.isSafeInteger(seed)) throw dataErrors.badBatches(`seed is ${seed}, not a whole number`);
  if (augment !== undefined) checkAugmentation(augment, dataset.shape);
  const { count } = dataset;
  const steps = dropLast ? Math.floor(count / size) : Math.ceil(count / size);
  if (steps === 0) throw dataErrors.badBatches(`${count} samples fill no batch of ${size}`);
  const labels = labelsOf(dataset, options.classes);
  const shape = dataset.shape ?? [dataset.sample(0).length];
  const length = elements(shape);
  const order = counted(count);
  if (options.shuffle === true) shuffle(order, randomStream('shuffle', seed, epoch, 0));

  function* walk(): Generator<Batch> {
    const raw = augment && new Float32Array(size * length);
    for (let step = startAt; step < steps; step++) {
      const indices = order.slice(step * size, (step + 1) * size);
      const inputs = new Float32Array(indices.length * length);
      readSamples(dataset, indices, length, raw ?? inputs);
      if (augment !== undefined && raw !== undefined)
        indices.forEach((index, i) => {
          const [from, to] = [i * length, (i + 1) * length];
          augmentImage(raw.subarray(from, to), inputs.subarray(from, to), shape, augment, {
            seed,
            epoch,
            index,
          });
        });
      yield { step, inputs, labels: labels && Int32Array.from(indices, (i) => labels[i] ?? 0), indices };
    }
  }
  return { steps, [Symbol.iterator]: walk };
}
