import { channelPairs, equaliseActivations } from '@opq/core';
import type { Model, TensorId } from '@opq/ir';
import { createFloatInterpreter } from '@opq/reference';
import { breathe, type RunOptions } from './options';
import type { Batch } from './walk';

/** Sums of a channel's values and of their squares, in double. */
interface Sums {
  readonly values: Float64Array;
  readonly squares: Float64Array;
  count: number;
}

/**
 * The same function with channels that vary alike wherever a factor can pass from one layer to the next (`equaliseActivations` of @opq/core), from
 * samples: masks and steps, which go by the weights alone, then lose the weights that matter least to what the network computes.
 * @param model float32
 * @param samples real values of the model's one input
 * @throws OPQ0814, OPQ1001
 */
export async function equaliseDeviations(
  model: Model,
  samples: Batch,
  options: RunOptions = {},
): Promise<Model> {
  const sums = new Map<TensorId, Sums>(
    channelPairs(model).map(({ second, channels }) => [
      second.input,
      { values: new Float64Array(channels), squares: new Float64Array(channels), count: 0 },
    ]),
  );
  if (sums.size === 0 || samples.length === 0) return model;
  const network = createFloatInterpreter(model);
  for (const [i, sample] of samples.entries()) {
    options.progress?.('equalising activations', i, samples.length);
    network.run([sample], (id, activations) => {
      const found = sums.get(id);
      if (found !== undefined) add(found, activations);
    });
    await breathe(options);
  }
  options.progress?.('equalising activations', samples.length, samples.length);
  return equaliseActivations(model, ({ second }) => deviations(sums.get(second.input)));
}

/** @param activations channels last, or flattened from that */
function add(sums: Sums, activations: ArrayLike<number>): void {
  const { values, squares } = sums;
  for (let at = 0; at < activations.length; at++) {
    const value = activations[at] as number;
    const channel = at % values.length;
    values[channel] = (values[channel] as number) + value;
    squares[channel] = (squares[channel] as number) + value * value;
  }
  sums.count += activations.length / values.length;
}

/** √(E[x²] − E[x]²); what rounding leaves below 0, or below what it can tell from 0, is 0. */
function deviations(sums: Sums | undefined): Float64Array {
  if (sums === undefined) return new Float64Array();
  return sums.squares.map((square, channel) => {
    const mean = (sums.values[channel] as number) / sums.count;
    const variance = square / sums.count - mean * mean;
    return variance > 1e-12 * (square / sums.count) ? Math.sqrt(variance) : 0;
  });
}
