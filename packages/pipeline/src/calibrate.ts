import { setImmediate } from 'node:timers/promises';
import { cliErrors, flasherErrors } from '@opq/errors';
import { elementCount, tensorOf, type ActivationRanges, type Model } from '@opq/ir';
import type { Dataset } from '@opq/data';
import { createRangeObserver } from '@opq/reference';
import type { RunOptions } from './progress';

/** Samples that show what a network's activations look like. */
export interface Calibration {
  /** Labels are not looked at. */
  readonly data: Dataset;
  /** At most this many, the first ones. */
  readonly samples: number;
}

/** Real values of the samples that calibrate; none without calibration. @throws OPQ0908 for samples of another size */
export function calibrationSamples(
  model: Model,
  calibration: Calibration | undefined,
): readonly Float32Array[] {
  if (calibration === undefined) return [];
  const [input] = model.inputs;
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  return Array.from({ length: Math.min(calibration.samples, calibration.data.count) }, (_, i) => {
    const sample = calibration.data.sample(i);
    if (sample.length !== wanted) throw cliErrors.wrongDataShape(sample.length, wanted);
    return sample;
  });
}

/**
 * The range of every activation over the samples that calibrate; that of the input is what their bytes can hold, where they are stored in bytes: then the
 * network takes them as they are. Lets other work in between samples, so that ctrl-C is heard.
 * @throws OPQ0814, OPQ0906, OPQ0908
 */
export async function calibrate(
  model: Model,
  { calibration, progress, signal }: RunOptions & { readonly calibration?: Calibration | undefined },
): Promise<ActivationRanges> {
  const samples = calibrationSamples(model, calibration);
  if (samples.length === 0) throw cliErrors.noData('Calibration');
  const observer = createRangeObserver(model);
  for (const [i, sample] of samples.entries()) {
    if (signal?.aborted) throw flasherErrors.stopped();
    observer.observe(sample);
    progress?.({
      stage: 'calibrate',
      message: 'calibrating activations',
      done: i + 1,
      total: samples.length,
    });
    await setImmediate();
  }
  const stored = calibration?.data.range;
  if (stored === undefined) return observer.ranges;
  return new Map([...observer.ranges, ...model.inputs.map((input) => [input, stored] as const)]);
}
