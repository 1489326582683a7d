import { tensorOf, type Model } from '@opq/ir';
import { withLevels, type WeightCompression } from '@opq/core';
import type { RunOptions } from './options';
import { walk, type Batch, type Visit } from './walk';

/** Mean per channel over all samples and pixels. @param channels of the last axis */
function channelMeans(batch: Batch, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  let count = 0;
  for (const values of batch) {
    for (let i = 0; i < values.length; i++) {
      const channel = i % channels;
      sums[channel] = (sums[channel] as number) + (values[i] as number);
    }
    count += values.length / channels;
  }
  return sums.map((sum) => sum / count);
}

/** Bias of a layer in double; zeros where it has none. */
export function biasOf(model: Model, { layer }: Pick<Visit, 'layer'>): Float64Array {
  const channels = tensorOf(model, layer.output).shape.at(-1) ?? 1;
  const data = layer.bias === undefined ? undefined : tensorOf(model, layer.bias).data;
  return data instanceof Float32Array ? Float64Array.from(data) : new Float64Array(channels);
}

/**
 * Bias correction: adds E[original output] − E[compressed output], before the activation, to the bias of every weighted layer,
 * per output channel over all samples and pixels. Layer after layer, so that later ones see corrected inputs.
 * @param original float32, as it was compressed
 * @param compressed of `original`
 * @param samples real values of the model's one input
 * @returns with new biases, made where a layer had none; levels as they were
 * @throws OPQ0814, OPQ1001, OPQ1301
 */
export async function correctBias(
  original: Model,
  compressed: WeightCompression,
  samples: Batch,
  options: RunOptions = {},
): Promise<WeightCompression> {
  const biases = new Map<string, Float32Array>();
  const correct = async (visit: Visit): Promise<Batch> => {
    const outputs = await visit.run(compressed.model);
    const old = biasOf(compressed.model, visit);
    const is = channelMeans(outputs, old.length);
    const shift = channelMeans(visit.targets, old.length).map((was, c) => was - (is[c] as number));
    // What is not finite cannot be corrected by a finite bias.
    if (!shift.every(Number.isFinite)) return outputs;
    biases.set(
      visit.layer.name,
      Float32Array.from(old, (b, c) => b + (shift[c] as number)),
    );
    return outputs.map((values) => values.map((v, i) => v + (shift[i % old.length] as number)));
  };
  await walk(original, compressed.model, samples, 'correcting biases', correct, options);
  return withLevels(compressed, { biases });
}
