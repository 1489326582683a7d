import { assertModel, isWeighted, tensorOf, type Layer, type Model, type Tensor, type TensorId, type WeightedLayer } from '@opq/ir'; // prettier-ignore
import { graphOf, inputChannelOf, outputChannelOf, type Graph } from './graph';

/** Two weighted layers with nothing between them that minds a positive factor per channel. */
export interface ChannelPair {
  /** Makes the channels. */
  readonly first: WeightedLayer;
  /** Reads them, and nothing else does. */
  readonly second: WeightedLayer;
  /** Channels the first makes and the second reads. */
  readonly channels: number;
}

/** f(s·x) = s·f(x) for s > 0, channel by channel. */
const isHomogeneous = ({ activation }: { readonly activation: string }): boolean => activation !== 'relu6';

/**
 * Whether a layer maps every channel (the last axis of an image, or every C-th element once flattened) to the same channel and
 * is positively homogeneous. @param channelLast whether the last axis of its input still is the channels
 */
function passesChannels(model: Model, layer: Layer, channelLast: boolean): boolean {
  switch (layer.kind) {
    case 'relu':
    case 'reshape':
      return true;
    case 'maxPool2d':
    case 'averagePool2d':
      return channelLast && isHomogeneous(layer);
    case 'pad':
      return channelLast && layer.paddings.at(-1)?.every((n) => n === 0) === true;
    case 'mean':
      return channelLast && !layer.axes.includes(tensorOf(model, layer.input).shape.length - 1);
    default:
      return false;
  }
}

const constantOf = (model: Model, id: TensorId): Float32Array | undefined => {
  const { data } = tensorOf(model, id);
  return data instanceof Float32Array ? data : undefined;
};

/** The weighted layer that alone reads what another makes, across layers that pass channels on. */
function pairFrom(model: Model, graph: Graph, first: WeightedLayer): ChannelPair | undefined {
  if (!isHomogeneous(first)) return undefined;
  const channels = tensorOf(model, first.output).shape.at(-1) ?? 1;
  const owned = [first.weights, ...(first.bias === undefined ? [] : [first.bias])];
  if (!owned.every((id) => graph.uses(id) === 1 && constantOf(model, id))) return undefined;
  for (let current = first.output; ; ) {
    const next = graph.soleReader(current);
    if (next === undefined) return undefined;
    const channelLast = tensorOf(model, current).shape.at(-1) === channels;
    if (isWeighted(next)) {
      if (graph.uses(next.weights) !== 1 || constantOf(model, next.weights) === undefined) return undefined;
      const row = tensorOf(model, next.weights).shape[1] ?? 1;
      const fits = next.kind === 'fullyConnected' ? row % channels === 0 : channelLast;
      return fits ? { first, second: next, channels } : undefined;
    }
    if (!passesChannels(model, next, channelLast)) return undefined;
    current = next.output;
  }
}

/** No channel is scaled by more than this altogether, or by less than its inverse: dead channels stay what they are. */
const LARGEST_FACTOR = 2 ** 10;
/** Rounds over all pairs; a layer in two pairs moves both, so they settle together. */
const ROUNDS = 100;
/** Settled when no factor of a round is further from 1. */
const TOLERANCE = 1e-3;

/** Largest |w| per channel. */
function ranges(data: Float64Array, channels: number, channelOf: (i: number) => number): Float64Array {
  const largest = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) {
    const c = channelOf(i);
    largest[c] = Math.max(largest[c] as number, Math.abs(data[i] as number));
  }
  return largest;
}

function multiply(data: Float64Array, factors: Float64Array, channelOf: (i: number) => number): void {
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * (factors[channelOf(i)] as number);
}

/** A pair on working copies of its constants. */
interface Workpiece {
  readonly pair: ChannelPair;
  readonly before: Float64Array;
  readonly bias: Float64Array | undefined;
  readonly after: Float64Array;
  readonly makes: (i: number) => number;
  readonly reads: (i: number) => number;
  /** Product of the factors so far, per channel. */
  readonly total: Float64Array;
}

const bounded = (factor: number): number => Math.min(LARGEST_FACTOR, Math.max(1 / LARGEST_FACTOR, factor));

/** Divides what the first layer of a pair makes and multiplies what reads it. */
function scale({ before, bias, after, makes, reads, total }: Workpiece, factors: Float64Array): void {
  const inverse = factors.map((s) => 1 / s);
  multiply(before, inverse, makes);
  if (bias !== undefined) multiply(bias, inverse, (i) => i);
  multiply(after, factors, reads);
  multiply(total, factors, (c) => c);
}

/** Scales the channels of one pair by s = √(r₁/r₂). @returns the largest |ln s| */
function balance(piece: Workpiece): number {
  const { pair, before, after, makes, reads, total } = piece;
  const first = ranges(before, pair.channels, makes);
  const second = ranges(after, pair.channels, reads);
  const factors = total.map((sofar, c) => {
    const [r1, r2] = [first[c] as number, second[c] as number];
    return r1 === 0 || r2 === 0 ? 1 : bounded(sofar * Math.sqrt(r1 / r2)) / sofar;
  });
  scale(piece, factors);
  return factors.reduce((m, s) => Math.max(m, Math.abs(Math.log(s))), 0);
}

/**
 * Cross-layer equalisation (Nagel, van Baalen, Blankevoort, Welling, "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", ICCV 2019): where one weighted layer alone reads what another makes, across ReLU, pooling, padding, means
 * and reshapes, channel c of the first is divided by s and multiplied by s in the second, s = √(r₁/r₂) with r the largest
 * |weight|, until no range moves. The function stays the same up to float32 rounding; the activations between do not, so
 * they must be calibrated afterwards.
 *
 * Left alone: ReLU6, tensors with other readers, shared weights, channels of zeros.
 * @param model float32 @returns with the same tensor ids
 */
export function equaliseLayers(model: Model): Model {
  return rescaled(model, (work) => {
    for (let round = 0; round < ROUNDS; round++) {
      const moved = work.reduce((most, piece) => Math.max(most, balance(piece)), 0);
      if (moved < TOLERANCE) break;
    }
  });
}

/**
 * Every channel that one weighted layer alone makes and another alone reads is divided by how far it varies (or by what else tells what its weights cost), and the weights that read it are multiplied
 * by as much, so that a weight's magnitude is what losing it costs: with inputs x and a free bias, dropping w from an output moves it by w·(x − E[x]), in
 * the mean square by w²·Var(x). Masks and steps that go by magnitudes alone then go by that. The function stays the same up to float32 rounding; the
 * activations do not, so they must be calibrated afterwards. Factors of a tensor have a geometric mean of 1; channels that never vary keep theirs.
 * @param model float32
 * @param deviationsOf standard deviation of each channel of what the pair's second layer reads, over pixels and samples; ≥ 0
 * @returns with the same tensor ids
 */
export function equaliseActivations(model: Model, deviationsOf: (pair: ChannelPair) => Float64Array): Model {
  return rescaled(model, (work) => {
    for (const piece of work) {
      const deviations = deviationsOf(piece.pair);
      const varying = deviations.filter((deviation) => deviation > 0);
      const middle = Math.exp(varying.reduce((sum, d) => sum + Math.log(d), 0) / varying.length);
      scale(
        piece,
        deviations.map((deviation) => (deviation > 0 ? bounded(deviation / middle) : 1)),
      );
    }
  });
}

/** The pairs whose channels can be scaled without changing the function. */
export function channelPairs(model: Model): readonly ChannelPair[] {
  const graph = graphOf(model);
  return model.layers.filter(isWeighted).flatMap((layer) => pairFrom(model, graph, layer) ?? []);
}

/** A model whose pairs `change` has scaled on working copies of their constants. */
function rescaled(model: Model, change: (work: readonly Workpiece[]) => void): Model {
  const pairs = channelPairs(model);
  if (pairs.length === 0) return model;
  const copies = new Map<TensorId, Float64Array>();
  const copyOf = (id: TensorId): Float64Array => {
    const copy = copies.get(id) ?? Float64Array.from(constantOf(model, id) ?? []);
    copies.set(id, copy);
    return copy;
  };
  const work = pairs.map((pair): Workpiece => {
    const { first, second, channels } = pair;
    return {
      pair,
      before: copyOf(first.weights),
      bias: first.bias === undefined ? undefined : copyOf(first.bias),
      after: copyOf(second.weights),
      makes: outputChannelOf(first, tensorOf(model, first.weights).shape),
      reads: inputChannelOf(second, tensorOf(model, second.weights).shape, channels),
      total: new Float64Array(channels).fill(1),
    };
  });
  change(work);
  const tensors = model.tensors.map((tensor, id): Tensor => {
    const copy = copies.get(id as TensorId);
    return copy === undefined ? tensor : { ...tensor, data: Float32Array.from(copy) };
  });
  return assertModel({ ...model, tensors });
}
