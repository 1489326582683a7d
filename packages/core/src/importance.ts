import { isWeighted, tensorOf, type Model, type TensorId } from '@opq/ir';
import { inputChannelOf } from './graph';
import type { ChannelPair } from './equalise';
import { channelOf, layerWeights, weightIndex } from './weights';

/** What weights of nothing cost, relative to their tensor's mean: logarithms need some number. */
const LEAST = 1e-6;

/** ln of what each weight costs, and none below `LEAST` of the mean. */
function logarithms(importance: Float64Array): Float64Array {
  const mean = importance.reduce((a, b) => a + b, 0) / Math.max(1, importance.length);
  return importance.map((value) => Math.log(mean > 0 ? Math.max(value, LEAST * mean) : 1));
}

/**
 * Importance of weights as one of their output channel times one of their input: the geometric mean over each output channel's weights.
 * @param importance by weight tensor, in the tensor's order; ≥ 0
 * @returns by weight tensor, for each output channel; > 0
 */
export function channelImportance(
  model: Model,
  importance: ReadonlyMap<TensorId, Float64Array>,
): ReadonlyMap<TensorId, Float64Array> {
  return new Map(
    layerWeights(model).flatMap((weights) => {
      const own = importance.get(weights.tensor);
      if (own === undefined) return [];
      const logs = logarithms(own);
      const channels = Float64Array.from({ length: weights.channels }, (_, channel) => {
        let sum = 0;
        for (let k = 0; k < weights.fanIn; k++) sum += logs[weightIndex(weights, channel, k)] as number;
        return Math.exp(sum / weights.fanIn);
      });
      return [[weights.tensor, channels] as const];
    }),
  );
}

/**
 * What errors cost of each channel that the second layer of a pair reads, as a factor for `equaliseActivations`: the root of the geometric mean over its weights,
 * output channels evened out. All 1 for a depthwise layer, whose channels have nothing to be compared with.
 */
export function inputImportance(
  model: Model,
  importance: ReadonlyMap<TensorId, Float64Array>,
  { second, channels }: ChannelPair,
): Float64Array {
  const own = importance.get(second.weights);
  const view = layerWeights(model).find(({ tensor }) => tensor === second.weights);
  const even = new Float64Array(channels).fill(1);
  if (own === undefined || view === undefined || !isWeighted(second) || second.kind === 'depthwiseConv2d')
    return even;
  const logs = logarithms(own);
  const rows = new Float64Array(view.channels);
  logs.forEach(
    (log, i) => (rows[channelOf(view, i)] = (rows[channelOf(view, i)] as number) + log / view.fanIn),
  );
  const reads = inputChannelOf(second, tensorOf(model, second.weights).shape, channels);
  const [sums, counts] = [new Float64Array(channels), new Float64Array(channels)];
  logs.forEach((log, i) => {
    const channel = reads(i);
    sums[channel] = (sums[channel] as number) + log - (rows[channelOf(view, i)] as number);
    counts[channel] = (counts[channel] as number) + 1;
  });
  return sums.map((sum, channel) => Math.exp(sum / (2 * Math.max(1, counts[channel] as number))));
}
