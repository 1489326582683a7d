import { setImmediate } from 'node:timers/promises';
import { cliErrors, flasherErrors } from '@opq/errors';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import type { Dataset } from '@opq/data';
import { createFloatInterpreter } from '@opq/reference';
import type { RunOptions } from './progress';

export interface AccuracyOptions extends RunOptions {
  /** At most this many samples, the first ones; all unless given. */
  readonly samples?: number | undefined;
  /** What progress calls it. */
  readonly message: string;
}

const largest = (values: Float32Array): number =>
  values.indexOf(values.reduce((a, b) => Math.max(a, b), -Infinity));

/**
 * Share of labelled samples whose largest output is the label's, in float32 on this machine.
 * @throws OPQ0814 when stopped, OPQ0908 for samples of another size, OPQ0913 for data without labels
 */
export async function floatAccuracy(
  model: Model,
  data: Dataset,
  { samples, message, progress, signal }: AccuracyOptions,
): Promise<number> {
  const network = createFloatInterpreter(model);
  const [input] = model.inputs;
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  const total = Math.min(samples ?? data.count, data.count);
  let [right, labelled] = [0, 0];
  for (let i = 0; i < total; i++) {
    if (signal?.aborted) throw flasherErrors.stopped();
    const label = data.label(i);
    const sample = data.sample(i);
    if (sample.length !== wanted) throw cliErrors.wrongDataShape(sample.length, wanted);
    const [output = new Float32Array()] = network.run([sample]);
    if (label !== undefined) labelled++;
    if (largest(output) === label) right++;
    progress?.({ stage: 'accuracy', message, done: i + 1, total });
    await setImmediate();
  }
  if (labelled === 0) throw cliErrors.noLabels();
  return right / labelled;
}
