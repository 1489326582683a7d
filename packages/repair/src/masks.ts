import {
  layerWeights,
  weightIndex,
  type ChosenMasks,
  type CompressedWeights,
  type LayerWeights,
  type WeightCompression,
} from '@opq/core';
import type { Model, TensorId, WeightedLayer } from '@opq/ir';
import { eliminate, inverse } from './eliminate';
import { solve, cholesky } from './least-squares';
import type { Moments } from './moments';
import { breathe, type RunOptions } from './options';
import { layerMoments } from './reconstruct';
import { layerRows } from './rows';
import { walk, type Batch, type Visit } from './walk';

/** Layers with more weights per output channel keep their masks: the work grows with the cube. */
const MAXIMUM_FAN_IN = 640;
/** λ of the ridge towards the original weights, relative to the mean variance of the inputs. */
const DAMPING = 0.01;
/** Output pixels of a sample that count. */
const PIXELS = 32;

/**
 * Masks chosen anew from samples: every layer loses as many weights as it did, but those that cost its outputs least once all that is left is solved anew,
 * on what the layers before it, pruned so already, give it. Over the channels of a layer costs are compared in units of their scales, as errors of weights are.
 * @param original float32, as it was compressed
 * @param compression of `original`: says how many weights each layer loses, and the masks of layers left alone
 * @param samples real values of the model's one input
 * @throws OPQ0814, OPQ1001, OPQ1301
 */
export async function chooseMasks(
  original: Model,
  compression: WeightCompression,
  samples: Batch,
  options: RunOptions = {},
): Promise<ChosenMasks> {
  const own = new Map(compression.weights.map((weights) => [weights.tensor, weights]));
  const views = new Map(layerWeights(original).map((view) => [view.tensor, view]));
  const masks = new Map<TensorId, Uint8Array>();
  let model = original;
  const visit = async (at: Visit): Promise<Batch> => {
    const { layer } = at;
    const [compressed, view] = [own.get(layer.weights), views.get(layer.weights)];
    // A tensor of several layers is chosen where the first of them reads it.
    if (compressed !== undefined && view !== undefined && !masks.has(layer.weights)) {
      const alone = compressed.pruned === 0 || view.fanIn > MAXIMUM_FAN_IN;
      const chosen = (alone
        ? undefined
        : await chooseLayer(original, { layer, view, visit: at, compressed }, options)) ?? {
        mask: compressed.mask,
        values: masked(view.values, compressed.mask),
      };
      masks.set(layer.weights, chosen.mask);
      model = withValues(model, layer.weights, chosen.values);
    }
    return withMeans(await at.run(model), at.targets, layerRows(original, layer).channels);
  };
  await walk(original, original, samples, 'choosing masks', visit, options);
  return { model, masks };
}

interface LayerToChoose {
  readonly layer: WeightedLayer;
  readonly view: LayerWeights;
  readonly visit: Visit;
  readonly compressed: CompressedWeights;
}

interface Chosen {
  readonly mask: Uint8Array;
  readonly values: Float32Array;
}

/** Undefined where inputs of the layer never vary: then nothing tells them apart. */
async function chooseLayer(
  original: Model,
  { layer, view, visit, compressed }: LayerToChoose,
  options: RunOptions,
): Promise<Chosen | undefined> {
  const moments = await layerMoments(layerRows(original, layer), visit, PIXELS, options);
  const outputs = view.channels / moments.length;
  const { scales, pruned } = compressed;
  const systems = moments.flatMap((of) => systemOf(of) ?? []);
  if (systems.length < moments.length) return undefined;
  /** For each channel the inputs in the order in which they go, and for all of them what going so far costs. */
  const steps: { readonly channel: number; readonly step: number; readonly cost: number }[] = [];
  const orders: (readonly number[])[] = [];
  for (let channel = 0; channel < view.channels; channel++) {
    const system = systems[Math.floor(channel / outputs)] as System;
    const scale = scales[scales.length === 1 ? 0 : channel] ?? 1;
    const order =
      system.inverse === undefined ? [] : eliminate(system.inverse, solution(system, view, channel, outputs));
    orders.push(order.map(({ input }) => input));
    let cost = 0;
    order.forEach((one, step) => {
      // Not before what goes ahead of it: of a channel the first so many always go.
      cost = Math.max(cost, one.cost / scale ** 2);
      steps.push({ channel, step, cost });
    });
    await breathe(options);
  }
  steps.sort((a, b) => a.cost - b.cost || a.step - b.step || a.channel - b.channel);
  const mask = new Uint8Array(view.values.length).fill(1);
  for (const { channel, step } of steps.slice(0, pruned))
    mask[weightIndex(view, channel, orders[channel]?.[step] ?? 0)] = 0;
  const values = masked(view.values, mask);
  for (let channel = 0; channel < view.channels; channel++)
    solveSurvivors(systems[Math.floor(channel / outputs)] as System, view, channel, outputs, mask, values);
  return { mask, values };
}

/** H + λ of a group of inputs, and its inverse. */
interface System {
  readonly moments: Moments;
  readonly matrix: Float64Array;
  readonly damping: number;
  readonly inverse: Float64Array;
}

function systemOf(moments: Moments): System | undefined {
  const { covariance, inputs } = moments;
  let trace = 0;
  for (let i = 0; i < inputs; i++) trace += covariance[i * (inputs + 1)] as number;
  const damping = (DAMPING * trace) / inputs;
  const matrix = covariance.map((value, at) => (at % (inputs + 1) === 0 ? value + damping : value));
  const undone = inverse(matrix, inputs);
  return undone && { moments, matrix, damping, inverse: undone };
}

/** c + λw of the inputs named. */
const wanted = (
  { moments, damping }: System,
  view: LayerWeights,
  channel: number,
  outputs: number,
  inputs: readonly number[],
): Float64Array =>
  Float64Array.from(
    inputs,
    (k) =>
      (moments.cross[(channel % outputs) * moments.inputs + k] as number) +
      damping * (view.values[weightIndex(view, channel, k)] as number),
  );

function solution(system: System, view: LayerWeights, channel: number, outputs: number): Float64Array {
  const n = view.fanIn;
  const right = wanted(
    system,
    view,
    channel,
    outputs,
    Array.from({ length: n }, (_, k) => k),
  );
  const { inverse: left } = system;
  return right.map((_, i) => right.reduce((sum, c, j) => sum + (left[i * n + j] as number) * c, 0));
}

/** The survivors of a channel, solved on theirs alone; as they were where that cannot be. @param values changed in place */
function solveSurvivors(
  system: System,
  view: LayerWeights,
  channel: number,
  outputs: number,
  mask: Uint8Array,
  values: Float32Array,
): void {
  const n = view.fanIn;
  const survivors = Array.from({ length: n }, (_, k) => k).filter(
    (k) => mask[weightIndex(view, channel, k)] === 1,
  );
  const size = survivors.length;
  const factor = new Float64Array(size * size);
  survivors.forEach((i, row) =>
    survivors.forEach((j, column) => (factor[row * size + column] = system.matrix[i * n + j] as number)),
  );
  if (!cholesky(factor, size)) return;
  const solved = solve(factor, wanted(system, view, channel, outputs, survivors));
  survivors.forEach((k, at) => (values[weightIndex(view, channel, k)] = solved[at] as number));
}

const masked = (values: Float32Array, mask: Uint8Array): Float32Array =>
  values.map((v, i) => (mask[i] === 1 ? v : 0));

const withValues = (model: Model, id: TensorId, data: Float32Array): Model => ({
  ...model,
  tensors: model.tensors.map((tensor, at) => (at === id ? { ...tensor, data } : tensor)),
});

/** What a free bias gives back: the mean of every channel becomes the target's. @param outputs changed in place */
function withMeans(outputs: Batch, targets: Batch, channels: number): Batch {
  const lacking = new Float64Array(channels);
  let pixels = 0;
  outputs.forEach((values, sample) => {
    for (let i = 0; i < values.length; i++)
      lacking[i % channels] =
        (lacking[i % channels] as number) + (targets[sample]?.[i] ?? 0) - (values[i] as number);
    pixels += values.length / channels;
  });
  for (const values of outputs)
    for (let i = 0; i < values.length; i++)
      values[i] = (values[i] as number) + (lacking[i % channels] as number) / pixels;
  return outputs;
}
