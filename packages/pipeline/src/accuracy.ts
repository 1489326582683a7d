import { setImmediate } from 'node:timers/promises';
import { cliErrors, flasherErrors } from '@opq/errors';
import { elementCount, tensorOf, type CompressedModel, type Model } from '@opq/ir';
import type { Dataset } from '@opq/data';
import { createFloatInterpreter, createIntegerInterpreter, quantiseInput } from '@opq/reference';
import type { RunOptions } from './progress';
import { largest } from './scores';

/** Which samples count, and what is told meanwhile. */
export interface AccuracyOptions extends RunOptions {
  /** At most this many samples, the first ones; all unless given. */
  readonly samples?: number | undefined;
  /** What progress calls it. */
  readonly message: string;
}

/** @param infer outputs of the network for one sample of real values */
async function share(
  model: Model,
  infer: (sample: Float32Array) => ArrayLike<number>,
  data: Dataset,
  { samples, message, progress, signal }: AccuracyOptions,
): Promise<number> {
  const [input] = model.inputs;
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  const total = Math.min(samples ?? data.count, data.count);
  let [right, labelled] = [0, 0];
  for (let i = 0; i < total; i++) {
    if (signal?.aborted) throw flasherErrors.stopped();
    const label = data.label(i);
    const sample = data.sample(i);
    if (sample.length !== wanted) throw cliErrors.wrongDataShape(sample.length, wanted);
    if (label !== undefined) labelled++;
    if (largest(infer(sample)) === label) right++;
    progress?.({ stage: 'accuracy', message, done: i + 1, total });
    await setImmediate();
  }
  if (labelled === 0) throw cliErrors.noLabels();
  return right / labelled;
}

/**
 * Share of labelled samples whose largest output is the label's, in float32 on this machine.
 * @throws OPQ0814 when stopped, OPQ0908 for samples of another size, OPQ0913 for data without labels
 */
export function floatAccuracy(model: Model, data: Dataset, options: AccuracyOptions): Promise<number> {
  const network = createFloatInterpreter(model);
  return share(model, (sample) => network.run([sample])[0] ?? [], data, options);
}

/** As `floatAccuracy`, in the integers of the device, which every board gives bit for bit. @throws the same errors */
export function integerAccuracy(
  { model }: CompressedModel,
  data: Dataset,
  options: AccuracyOptions,
): Promise<number> {
  const network = createIntegerInterpreter(model);
  const [input] = model.inputs;
  const quantisation = (input === undefined ? undefined : tensorOf(model, input).quantisation) ?? {
    scales: [1],
    zeroPoints: [0],
    axis: 0,
  };
  return share(model, (sample) => network.run([quantiseInput(sample, quantisation)])[0] ?? [], data, options);
}
