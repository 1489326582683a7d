import { channelMajor, type EncodedWeights } from '@opq/encodings';
import {
  elementCount,
  isWeighted,
  tensorOf,
  type CompressedModel,
  type ElementwiseLayer,
  type Layer,
  type Model,
  type TensorId,
  type WeightedLayer,
} from '@opq/ir';
import { outputChannels, weightedParameters, windowGeometry, type WindowGeometry } from '@opq/reference';
import type { Coefficients } from './cost/coefficients';
import { plainCost } from './cost/plain';
import { encodeLayer } from './encode';
import { lanesCandidates, type LanesCandidate } from './lanes/candidates';
import { survivorLists, type SurvivorLists } from './lanes/survivors';

/** One way to compute a layer, and what it costs. */
export type Implementation = {
  readonly scratchBytes: number;
  /** Predicted, of one inference. */
  readonly instructions: number;
  /** Whether the output may overwrite the input. */
  readonly inPlace: boolean;
} & (
  | { readonly kind: 'plain'; readonly encoded: EncodedWeights | undefined }
  | { readonly kind: 'tables'; readonly encoded: undefined }
  | { readonly kind: 'dense'; readonly encoded: EncodedWeights }
  | {
      readonly kind: 'lanes';
      readonly encoded: EncodedWeights;
      readonly candidate: LanesCandidate;
      readonly lists: SurvivorLists;
    }
);

/** Which images of a layer have their channels first. */
export interface Planar {
  readonly input: boolean;
  readonly output: boolean;
}

/** The ways there are for one layer, the fastest first; the plain one is always among them. */
export type Choices = readonly [Implementation, ...Implementation[]];

export function fanInOf(model: CompressedModel, layer: WeightedLayer): number {
  return elementCount(tensorOf(model.model, layer.weights).shape) / outputChannels(model.model, layer);
}

/** Multiply-accumulates of one inference through the layer, zeros counted. */
export function macsOf(model: CompressedModel, layer: Layer): number {
  return isWeighted(layer)
    ? elementCount(tensorOf(model.model, layer.output).shape) * fanInOf(model, layer)
    : 0;
}

/** Layers without weights whose kernel may write over its input, element by element. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'add',
  'sub',
  'mul',
  'logistic',
  'relu',
  'relu6',
  'quantize',
]);

/** Bytes of opq_add_tables_scratch_size(). */
const ADD_TABLES = 2 * 256 * 4;

/** Both inputs are activations of the output's shape. */
const isDense = (net: Model, layer: ElementwiseLayer): boolean =>
  layer.inputs.every((id) => {
    const { data, shape } = tensorOf(net, id);
    return data === undefined && JSON.stringify(shape) === JSON.stringify(tensorOf(net, layer.output).shape);
  });

const dataOf = (model: CompressedModel, id: TensorId | undefined): unknown =>
  id === undefined ? undefined : tensorOf(model.model, id).data;

/** By opq_dense_conv2d(), where the layer and the core have what it needs. */
function denseWay(
  layer: WeightedLayer,
  encoded: EncodedWeights,
  g: WindowGeometry,
  { dense }: Coefficients,
): readonly Implementation[] {
  if (dense === undefined || layer.kind !== 'conv2d' || encoded.form !== 'int8') return [];
  const fanIn = g.kernelHeight * g.kernelWidth * g.inputChannels;
  const pixels = g.outputHeight * g.outputWidth;
  const outputs = pixels * g.outputChannels;
  const gathered =
    fanIn === g.inputChannels && fanIn % 4 === 0 ? 0 : fanIn * dense.gather + g.kernelHeight * dense.gatherRow;
  const instructions =
    outputs * (fanIn * dense.mac + (fanIn % 4) * dense.rest + dense.output) + pixels * (fanIn * dense.widen + gathered);
  return [
    { kind: 'dense', encoded, scratchBytes: 20 * Math.ceil(fanIn / 4), instructions: Math.round(instructions), inPlace: false },
  ];
} // prettier-ignore

/**
 * Every way to compute a layer on a core.
 * @param planar which images are going to stand with their channels first
 */
export function implementationsOf(
  model: CompressedModel,
  layer: Layer,
  core: Coefficients,
  planar: Planar,
): Choices {
  const net = model.model;
  if (!isWeighted(layer)) {
    const instructions = plainCost(model, layer, undefined, core, planar.input);
    const inPlace = ELEMENTWISE.has(layer.kind);
    const plain: Implementation = { kind: 'plain', encoded: undefined, scratchBytes: 0, instructions, inPlace };
    if (layer.kind !== 'add' || !isDense(net, layer)) return [plain];
    const { shape } = tensorOf(net, layer.output);
    const quick = Math.round(core.addTables + core.addTabled * elementCount(shape));
    const tables: Implementation = { kind: 'tables', encoded: undefined, scratchBytes: ADD_TABLES, instructions: quick, inPlace };
    return quick < instructions ? [tables, plain] : [plain];
  } // prettier-ignore
  const channels = outputChannels(net, layer);
  const encoded = encodeLayer(model, layer, channels);
  const instructions = plainCost(model, layer, encoded, core, planar.input);
  const fanIn = fanInOf(model, layer);
  // The same numbers as opq_*_scratch_size(): one decoded channel, or nothing for plain int8.
  const plain: Implementation = {
    kind: 'plain',
    encoded,
    scratchBytes: encoded.form === 'int8' ? 0 : fanIn,
    instructions,
    inPlace: false,
  };
  if (layer.kind === 'fullyConnected') return [plain];
  const weights = channelMajor(
    dataOf(model, layer.weights) as Int8Array,
    channels,
    layer.kind === 'depthwiseConv2d',
  );
  const lists = survivorLists(weights, fanIn);
  const { shape } = tensorOf(net, layer.weights);
  const { shifts, outputMin, outputMax } = weightedParameters(net, layer);
  const bias = dataOf(model, layer.bias);
  const candidates = lanesCandidates(
    {
      window: windowGeometry(net, layer, [shape[1] ?? 1, shape[2] ?? 1]),
      depthwise: layer.kind === 'depthwiseConv2d',
      encoded,
      lists,
      bias: bias instanceof Int32Array ? bias : undefined,
      planarOutput: planar.output,
      fastRequantisation: outputMin === -128 && outputMax === 127 && shifts.every((s) => s < 0 && s >= -20),
    },
    core,
  ).map(
    (candidate): Implementation => ({
      kind: 'lanes',
      encoded,
      candidate,
      lists,
      scratchBytes: candidate.scratchBytes,
      instructions: candidate.instructions,
      inPlace: candidate.inPlace,
    }),
  );
  const dense = denseWay(layer, encoded, windowGeometry(net, layer, [shape[1] ?? 1, shape[2] ?? 1]), core);
  const [first, ...others] = [...candidates, ...dense]
    .filter((way) => way.instructions < instructions)
    .toSorted((a, b) => a.instructions - b.instructions);
  return first === undefined ? [plain] : [first, ...others, plain];
}
