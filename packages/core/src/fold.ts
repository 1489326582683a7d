import {
  assertModel,
  elementCount,
  isWeighted,
  resolvePadding,
  tensorId,
  tensorOf,
  type ElementwiseLayer,
  type Layer,
  type Model,
  type Tensor,
  type TensorId,
  type WeightedLayer,
} from '@opq/ir';
import { graphOf, inputChannelOf, outputChannelOf, unused, type Graph } from './graph';

/** x ↦ gain[c]·x + shift[c] over the channels of the last axis, in double. */
interface Affine {
  readonly gain: Float64Array;
  readonly shift: Float64Array;
}

const identity = (channels: number): Affine => ({
  gain: new Float64Array(channels).fill(1),
  shift: new Float64Array(channels),
});

/** outer after inner. */
const compose = (outer: Affine, inner: Affine): Affine => ({
  gain: outer.gain.map((g, c) => g * (inner.gain[c] as number)),
  shift: outer.shift.map((s, c) => (outer.gain[c] as number) * (inner.shift[c] as number) + s),
});

/** A constant that depends on the last axis only, one value per channel; undefined for any other tensor. */
function perChannel({ data, shape }: Tensor, channels: number): Float64Array | undefined {
  const last = shape.at(-1) ?? 1;
  if (!(data instanceof Float32Array) || elementCount(shape) !== last) return undefined;
  if (last === 1) return new Float64Array(channels).fill(data[0] as number);
  return last === channels ? Float64Array.from(data) : undefined;
}

/** A multiplication, addition or subtraction of constants as an affine map of its one activation. */
function affineOf(
  model: Model,
  layer: ElementwiseLayer,
): { readonly input: TensorId; readonly map: Affine } | undefined {
  const [first, second] = layer.inputs;
  const constantFirst = tensorOf(model, first).data !== undefined;
  const input = constantFirst ? second : first;
  const { shape } = tensorOf(model, layer.output);
  // A constant that stretches its input does more than an affine map.
  if (tensorOf(model, input).shape.join() !== shape.join() || tensorOf(model, input).data !== undefined)
    return undefined;
  const channels = shape.at(-1) ?? 1;
  const constant = perChannel(tensorOf(model, constantFirst ? first : second), channels);
  if (constant === undefined) return undefined;
  const { gain, shift } = identity(channels);
  switch (layer.kind) {
    case 'mul':
      return { input, map: { gain: constant, shift } };
    case 'add':
      return { input, map: { gain, shift: constant } };
    case 'sub':
      return {
        input,
        map: constantFirst
          ? { gain: gain.fill(-1), shift: constant }
          : { gain, shift: constant.map((v) => -v) },
      };
  }
}

const isElementwise = (layer: Layer | undefined): layer is ElementwiseLayer =>
  layer?.kind === 'mul' || layer?.kind === 'add' || layer?.kind === 'sub';

/** Constants around a weighted layer, joined to one map on either side. */
interface Surroundings {
  readonly before: Affine;
  readonly after: Affine;
  /** What the folded layer reads and makes. */
  readonly input: TensorId;
  readonly output: TensorId;
  readonly activation: WeightedLayer['activation'];
  readonly folded: readonly Layer[];
}

/** A shift of the input reaches the pixels inside the image only, so beside padding it is no constant of the output. */
function isPadded(model: Model, layer: WeightedLayer): boolean {
  if (layer.kind === 'fullyConnected') return false;
  const [, height = 1, width = 1] = tensorOf(model, layer.input).shape;
  const [, kernelHeight = 1, kernelWidth = 1] = tensorOf(model, layer.weights).shape;
  const padding = resolvePadding(
    layer.padding,
    [height, width],
    [kernelHeight, kernelWidth],
    layer.stride,
    layer.dilation,
  );
  return Object.values(padding).some((n) => n > 0);
}

function surroundings(model: Model, graph: Graph, layer: WeightedLayer): Surroundings {
  const folded: Layer[] = [];
  let { activation, output, input } = layer;
  let after = identity(tensorOf(model, output).shape.at(-1) ?? 1);
  while (activation === 'none') {
    const next = graph.soleReader(output);
    const affine = isElementwise(next) ? affineOf(model, next) : undefined;
    if (!isElementwise(next) || affine === undefined) break;
    after = compose(affine.map, after);
    ({ activation, output } = next);
    folded.push(next);
  }
  const channels = tensorOf(model, input).shape.at(-1) ?? 1;
  let before = identity(channels);
  const padded = isPadded(model, layer);
  const wholePixels = (tensorOf(model, layer.weights).shape.at(-1) ?? 1) % channels === 0;
  while (layer.kind !== 'fullyConnected' || wholePixels) {
    const previous = graph.maker(input);
    if (!isElementwise(previous) || previous.activation !== 'none' || graph.uses(input) !== 1) break;
    const affine = affineOf(model, previous);
    if (affine === undefined) break;
    const joined = compose(before, affine.map);
    if (padded && joined.shift.some((s) => s !== 0)) break;
    before = joined;
    input = affine.input;
    folded.push(previous);
  }
  return { before, after, input, output, activation, folded };
}

/** w′ = after.gain·w·before.gain and b′ = after.gain·(b + Σ w·before.shift) + after.shift, each rounded once. */
function foldedConstants(
  model: Model,
  layer: WeightedLayer,
  { before, after }: Surroundings,
): { readonly weights: Float32Array; readonly bias: Float32Array } | undefined {
  const { data, shape } = tensorOf(model, layer.weights);
  const old = layer.bias === undefined ? undefined : tensorOf(model, layer.bias).data;
  if (!(data instanceof Float32Array)) return undefined;
  const outputOf = outputChannelOf(layer, shape);
  const inputOf = inputChannelOf(layer, shape, before.gain.length);
  const sums = Float64Array.from(after.gain, (_, o) => Number(old?.[o] ?? 0));
  const weights = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const [w, o, c] = [data[i] as number, outputOf(i), inputOf(i)];
    weights[i] = (after.gain[o] as number) * w * (before.gain[c] as number);
    sums[o] = (sums[o] as number) + w * (before.shift[c] as number);
  }
  const bias = Float32Array.from(sums, (b, o) => (after.gain[o] as number) * b + (after.shift[o] as number));
  // Out of float32's range there is no folded form.
  return weights.every(Number.isFinite) && bias.every(Number.isFinite) ? { weights, bias } : undefined;
}

/**
 * Folds constants that multiply, add to or subtract from the channels around convolutions and dense layers (batch norm, as
 * importers spell it) into their weights and biases. The folded layer keeps its name, makes the output of the last layer
 * folded into it and takes over its activation; a bias is made where there is none. Arithmetic in double, rounded once.
 *
 * Left alone: tensors with other readers, weights shared by several layers, an addition in front of a padded window.
 * @param model float32
 * @returns with the same tensor ids; tensors without a reader lose their data
 */
export function foldBatchNorm(model: Model): Model {
  let current = model;
  for (const { name } of model.layers) {
    const layer = current.layers.find((l) => l.name === name);
    if (layer !== undefined && isWeighted(layer)) current = foldAround(current, layer);
  }
  return current === model ? model : assertModel(unused(current));
}

function foldAround(model: Model, layer: WeightedLayer): Model {
  const graph = graphOf(model);
  if (graph.uses(layer.weights) !== 1) return model;
  const around = surroundings(model, graph, layer);
  const constants = around.folded.length === 0 ? undefined : foldedConstants(model, layer, around);
  if (constants === undefined) return model;
  const tensors = [...model.tensors];
  tensors[layer.weights] = { ...tensorOf(model, layer.weights), data: constants.weights };
  const ownBias = layer.bias !== undefined && graph.uses(layer.bias) === 1;
  const bias = layer.bias !== undefined && ownBias ? layer.bias : tensorId(tensors.length);
  if (layer.bias !== undefined || constants.bias.some((b) => b !== 0))
    tensors[bias] = {
      name: ownBias ? tensorOf(model, bias).name : `${layer.name}/bias`,
      shape: [constants.bias.length],
      type: 'float32',
      data: constants.bias,
    };
  const { input, output, activation, folded } = around;
  const joined: WeightedLayer = {
    ...layer, input, output, activation, ...(bias < tensors.length && { bias }),
  }; // prettier-ignore
  const layers = model.layers.filter((l) => !folded.includes(l)).map((l) => (l === layer ? joined : l));
  return { ...model, tensors, layers };
}
