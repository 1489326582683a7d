import { biasBase } from '@opq/encodings';
import { coreErrors } from '@opq/errors';
import {
  assertModel, deepFreeze, isWeighted, layerInputs, tensorOf, type CompressedModel, type Model, type Quantisation, type Tensor, type TensorId, type WeightedLayer,
} from '@opq/ir'; // prettier-ignore
import { quantisationFor, type ActivationQuantisation } from './activations';
import type { Budget } from './budget';
import type { WeightCompression } from './compress';
import { channelOf, layerWeights, type LayerWeights } from './weights';

const LARGEST_BIAS = 2 ** 31 - 1;

interface QuantisedWeights {
  readonly data: Int8Array;
  readonly scales: readonly number[];
}

/**
 * Symmetric int8 without a codebook: one scale per output channel (one per tensor for dense layers, as TFLite's converter
 * does). A scale is raised where its channel's bias would not fit 32 bits.
 */
function plainWeights(w: LayerWeights, bias: Float32Array | undefined, inputScale: number): QuantisedWeights {
  const largest = new Float64Array(w.channels);
  w.values.forEach(
    (v, i) => (largest[channelOf(w, i)] = Math.max(largest[channelOf(w, i)] as number, Math.abs(v))),
  );
  const perTensor = w.kind === 'fullyConnected';
  const overall = largest.reduce((a, b) => Math.max(a, b), 0);
  const needed = (channel: number): number => {
    const forBias = Math.abs(bias?.[channel] ?? 0) / (inputScale * (LARGEST_BIAS / 2));
    return Math.fround(Math.max((perTensor ? overall : (largest[channel] as number)) / 127, forBias)) || 1;
  };
  const each = Array.from({ length: w.channels }, (_, channel) => needed(channel));
  const scales = perTensor ? [each.reduce((a, b) => Math.max(a, b), 0)] : each;
  const data = Int8Array.from(w.values, (v, i) => {
    const steps = v / (scales[perTensor ? 0 : channelOf(w, i)] ?? 1);
    return Math.max(-127, Math.min(127, Math.sign(steps) * Math.round(Math.abs(steps))));
  });
  return { data, scales };
}

function quantiseBias(
  layer: WeightedLayer,
  bias: Float32Array,
  inputScale: number,
  scales: readonly number[],
): Int32Array {
  return Int32Array.from(bias, (real, channel) => {
    const steps = real / (inputScale * (scales[scales.length === 1 ? 0 : channel] ?? 1));
    const rounded = Math.sign(steps) * Math.round(Math.abs(steps));
    if (!(Math.abs(rounded) <= LARGEST_BIAS)) throw coreErrors.biasTooLarge(layer.name, channel, real);
    return rounded;
  });
}

/** The largest bias that takes two bytes in flash. */
const LARGEST_SHORT = 2 ** 15 - 1;
/**
 * Rounding biases to multiples of 2^s may move no output by more than this part of an output step: for two bytes each, where sums are large beside a step, and for one,
 * where levels are so coarse that a unit of the sum is itself a good part of a step.
 */
const SHORT_TOLERANCE = 1 / 16;
const BYTE_TOLERANCE = 1 / 3;

const roundedTo = (bias: Int32Array, shift: number): Int32Array =>
  bias.map((b) => Math.round(b / 2 ** shift));

/**
 * Biases as multiples of 2^s with which they take one byte, or two, where that moves no output by more than the tolerance; else
 * as they are. @param factors accumulator units to output steps, per channel or one
 */
function shortBias(bias: Int32Array, factors: readonly number[]): Int32Array {
  const factor = factors.reduce((m, f) => Math.max(m, f), 0);
  const multiples = (fits: (values: Int32Array) => boolean, tolerance: number): Int32Array | undefined => {
    let shift = 0;
    while (!fits(roundedTo(bias, shift))) shift++;
    if (shift === 0) return bias;
    if (factor * 2 ** (shift - 1) > tolerance) return undefined;
    return roundedTo(bias, shift).map((b) => b * 2 ** shift);
  };
  const isShort = (values: Int32Array): boolean => values.every((b) => Math.abs(b) <= LARGEST_SHORT);
  return (
    multiples((values) => biasBase(values) !== undefined, BYTE_TOLERANCE) ??
    multiples(isShort, SHORT_TOLERANCE) ??
    bias
  );
}

/** Constants read by layers without weights (an addend, a factor) get a scale of their own. */
function quantiseConstant(tensor: Tensor): Tensor {
  const { data } = tensor;
  if (!(data instanceof Float32Array)) return tensor;
  const range = {
    min: data.reduce((a, b) => Math.min(a, b), 0),
    max: data.reduce((a, b) => Math.max(a, b), 0),
  };
  const quantisation = quantisationFor(range);
  const scale = quantisation.scales[0] ?? 1;
  const zeroPoint = quantisation.zeroPoints[0] ?? 0;
  return {
    ...tensor,
    type: 'int8',
    quantisation,
    data: Int8Array.from(data, (v) => Math.max(-128, Math.min(127, Math.round(v / scale) + zeroPoint))),
  };
}

/** The budget's own members, those that are set. */
const plainBudget = (budget: Budget): Readonly<Record<string, number | string>> =>
  Object.fromEntries(
    Object.entries<number | string | undefined>({ ...budget }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );

/**
 * The full-int8 model of a float model: activations as given, weights as compressed (levels k with scale gain · step) or plain
 * symmetric int8, biases int32 at the product of scales.
 * @param model float32, uncompressed; `compression` must be of this model
 * @throws OPQ0306, OPQ0307
 */
export function quantiseModel(
  model: Model,
  compression: WeightCompression | undefined,
  activations: ActivationQuantisation,
): CompressedModel {
  const used = new Set([...model.inputs, ...model.layers.map((layer) => layer.output)]);
  const tensors = model.tensors.map((tensor, id): Tensor => {
    if (tensor.data !== undefined) return tensor;
    const quantisation = activations.get(id as TensorId);
    if (quantisation === undefined && used.has(id as TensorId)) throw coreErrors.notCalibrated(tensor.name);
    return quantisation === undefined ? tensor : { ...tensor, type: 'int8', quantisation };
  });
  const scaleOf = (id: TensorId): number => tensors[id]?.quantisation?.scales[0] ?? 1;
  const compressed = new Map(compression?.weights.map((w) => [w.tensor, w]));
  const views = new Map(layerWeights(model).map((w) => [w.tensor, w]));
  const done = new Set<TensorId>();
  for (const layer of model.layers) {
    if (!isWeighted(layer)) continue;
    const view = views.get(layer.weights);
    if (view === undefined)
      throw coreErrors.notInt8(model.name, `the weights of layer ${layer.name} are not float32`);
    const bias = layer.bias === undefined ? undefined : tensorOf(model, layer.bias).data;
    const realBias = bias instanceof Float32Array ? bias : undefined;
    const inputScale = scaleOf(layer.input);
    const own = compressed.get(layer.weights);
    const { data, scales } =
      own === undefined ? plainWeights(view, realBias, inputScale) : { data: own.levels, scales: own.scales };
    const axis = scales.length > 1 && layer.kind === 'depthwiseConv2d' ? 3 : 0;
    const quantisation = (list: readonly number[], along: number): Quantisation => ({
      scales: list,
      zeroPoints: list.map(() => 0),
      axis: along,
    });
    const weights = tensorOf(model, layer.weights);
    if (!done.has(layer.weights))
      tensors[layer.weights] = { ...weights, type: 'int8', quantisation: quantisation(scales, axis), data };
    done.add(layer.weights);
    if (layer.bias === undefined || realBias === undefined) continue;
    const products = scales.map((s) => Math.fround(s * inputScale) || Number.MIN_VALUE);
    const biasTensor = tensorOf(model, layer.bias);
    const exact = quantiseBias(layer, realBias, inputScale, scales);
    tensors[layer.bias] = {
      ...biasTensor,
      type: 'int32',
      quantisation: quantisation(
        products.map((p) => Math.max(p, 2 ** -149)),
        0,
      ),
      data:
        own === undefined
          ? exact
          : shortBias(
              exact,
              products.map((p) => p / scaleOf(layer.output)),
            ),
    };
  }
  for (const layer of model.layers) {
    if (isWeighted(layer)) continue;
    for (const id of layerInputs(layer)) {
      const tensor = tensors[id];
      if (tensor?.data instanceof Float32Array) tensors[id] = quantiseConstant(tensor);
    }
  }
  const codebooks = (compression?.weights ?? []).map(({ tensor, codebook, step, gain, pruned, threshold, scales }) => ({
    tensor, levels: codebook, step, gain: scales.length > 1 ? gain : ('none' as const), pruned, threshold,
  })); // prettier-ignore
  const settings = compression && {
    allocator: compression.allocator,
    budget: plainBudget(compression.budget),
    paperBytes: compression.totals.bytes.paper,
  };
  return deepFreeze({ model: assertModel({ ...model, tensors }), codebooks, ...(settings && { settings }) });
}
