import { channelImportance, equaliseActivations, inputImportance, type CompressOptions } from '@opq/core';
import { weightImportance } from '@opq/finetune';
import type { Model } from '@opq/ir';
import type { RunOptions } from './progress';

/** A network whose channels carry what errors cost, and what they cost of each output channel. */
export interface WeighedModel {
  /** The same function. */
  readonly model: Model;
  readonly importance: NonNullable<CompressOptions['importance']>;
}

/**
 * What errors of the weights cost the network's outputs, from samples (docs/method.md, Importance): that of the inputs becomes factors between neighbouring layers, wherever one can
 * pass, so that magnitudes tell of it; that of the outputs is left for gains.
 * @param model float32
 * @param samples real values of its one input
 * @throws OPQ0814, OPQ1401, OPQ1402, OPQ1410
 */
export async function weighChannels(
  model: Model,
  samples: readonly Float32Array[],
  { progress, signal }: RunOptions,
): Promise<WeighedModel> {
  const weigh = (of: Model, message: string): ReturnType<typeof weightImportance> =>
    weightImportance(of, samples, {
      signal,
      progress: (done, total) => progress?.({ stage: 'repair', message, done, total }),
    });
  const before = await weigh(model, 'weighing inputs');
  const scaled = equaliseActivations(model, (pair) => inputImportance(model, before, pair));
  return { model: scaled, importance: channelImportance(scaled, await weigh(scaled, 'weighing outputs')) };
}
