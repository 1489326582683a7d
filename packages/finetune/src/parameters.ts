import {
  channelOf,
  layerWeights,
  type CompressedWeights,
  type LayerWeights,
  type WeightCompression,
} from '@opq/core';
import { isWeighted, tensorOf, type Model, type TensorId } from '@opq/ir';
import type { Parameter } from './graph/training-graph';
import { freezeQuantiser, type FrozenQuantiser } from './quantiser';

/** Part of the vector that holds one tensor. */
interface Segment {
  readonly parameter: Parameter;
  /** Where it begins in the vector, and how many numbers it takes. */
  readonly from: number;
  readonly count: number;
}

interface WeightSegment extends Segment {
  readonly kind: 'weights';
  readonly quantiser: FrozenQuantiser;
}

interface BiasSegment extends Segment {
  readonly kind: 'bias';
  /** What a change by 1 in the vector is worth in each bias. */
  readonly units: Float32Array;
}

/**
 * Everything that trains, in one vector: of each weight tensor its survivors in steps (w ÷ (gⱼ·Δ)), of each bias its values in
 * units of its channel. So one learning rate suits all layers, whatever batch norm folded into them.
 */
export interface Parameters {
  readonly count: number;
  /** 1 where weight decay applies: at survivors, not at biases. */
  readonly decays: Uint8Array;
  /** See FrozenQuantiser. */
  setBitPrice(price: number): void;
  /** The vector a compression starts from. */
  start(): Float32Array;
  /** Writes the tensors that the graph is fed with: survivors rounded to their levels, pruned weights 0. */
  project(vector: Float32Array, tensors: readonly Float32Array[]): void;
  /** Writes the gradient of the vector from those of the tensors (straight through the quantiser). */
  gather(gradients: readonly Float32Array[], vector: Float32Array): void;
  /** Levels of every weight tensor and biases of every layer for `withLevels`. */
  changes(vector: Float32Array): {
    readonly levels: ReadonlyMap<TensorId, Int8Array>;
    readonly biases: ReadonlyMap<string, Float32Array>;
  };
}

/**
 * @param original float32, as it was compressed: where in its cell a survivor starts
 * @param compression of `original`, possibly repaired
 * @param parameters of the graph of `compression.model`
 */
export function createParameters(
  original: Model,
  compression: WeightCompression,
  parameters: readonly Parameter[],
): Parameters {
  const views = new Map(layerWeights(original).map((view) => [view.tensor, view]));
  const compressed = new Map(compression.weights.map((w) => [w.tensor, w]));
  const segments: (WeightSegment | BiasSegment)[] = [];
  let count = 0;
  for (const parameter of parameters) {
    const own = compressed.get(parameter.tensor);
    const view = views.get(parameter.tensor);
    const segment: WeightSegment | BiasSegment =
      own !== undefined && view !== undefined
        ? weightSegment(parameter, freezeQuantiser(own, view), count)
        : biasSegment(parameter, biasUnits(compression.model, parameter.tensor), count);
    segments.push(segment);
    count += segment.count;
  }
  const decays = new Uint8Array(count);
  for (const segment of segments)
    if (segment.kind === 'weights') decays.fill(1, segment.from, segment.from + segment.count);
  return {
    count,
    decays,
    setBitPrice(price) {
      for (const segment of segments) if (segment.kind === 'weights') segment.quantiser.setBitPrice(price);
    },
    start() {
      const vector = new Float32Array(count);
      for (const segment of segments) {
        const { from, parameter } = segment;
        const at = compressed.get(parameter.tensor);
        const view = views.get(parameter.tensor);
        if (segment.kind === 'weights' && at !== undefined && view !== undefined)
          vector.set(startingSteps(segment.quantiser, at, view), from);
        if (segment.kind === 'bias')
          vector.set(
            segment.units.map((unit, i) => valueOf(compression.model, parameter.tensor, i) / unit),
            from,
          );
      }
      return vector;
    },
    project(vector, tensors) {
      segments.forEach((segment, n) => {
        const tensor = tensors[n] as Float32Array;
        const { from, count: own } = segment;
        if (segment.kind === 'bias') {
          for (let i = 0; i < own; i++)
            tensor[i] = (vector[from + i] as number) * (segment.units[i] as number);
          return;
        }
        const { survivors, scales } = segment.quantiser;
        for (let i = 0; i < own; i++)
          tensor[survivors[i] as number] =
            segment.quantiser.levelOf(i, vector[from + i] as number) * (scales[i] as number);
      });
    },
    gather(gradients, vector) {
      segments.forEach((segment, n) => {
        const gradient = gradients[n] as Float32Array;
        const { from, count: own } = segment;
        if (segment.kind === 'bias') {
          for (let i = 0; i < own; i++)
            vector[from + i] = (gradient[i] as number) * (segment.units[i] as number);
          return;
        }
        const { survivors, scales } = segment.quantiser;
        for (let i = 0; i < own; i++)
          vector[from + i] = (gradient[survivors[i] as number] as number) * (scales[i] as number);
      });
    },
    changes(vector) {
      const levels = new Map<TensorId, Int8Array>();
      const biasOf = new Map<TensorId, Float32Array>();
      for (const segment of segments) {
        const { from, count: own, parameter } = segment;
        if (segment.kind === 'bias') {
          biasOf.set(
            parameter.tensor,
            segment.units.map((unit, i) => unit * (vector[from + i] as number)),
          );
          continue;
        }
        const all = new Int8Array(compressed.get(parameter.tensor)?.levels.length ?? 0);
        for (let i = 0; i < own; i++)
          all[segment.quantiser.survivors[i] as number] = segment.quantiser.levelOf(
            i,
            vector[from + i] as number,
          );
        levels.set(parameter.tensor, all);
      }
      const biases = new Map<string, Float32Array>();
      for (const layer of compression.model.layers) {
        const own = isWeighted(layer) && layer.bias !== undefined ? biasOf.get(layer.bias) : undefined;
        if (own !== undefined) biases.set(layer.name, own);
      }
      return { levels, biases };
    },
  };
}

const weightSegment = (parameter: Parameter, quantiser: FrozenQuantiser, from: number): WeightSegment => ({
  kind: 'weights',
  parameter,
  from,
  count: quantiser.survivors.length,
  quantiser,
});

const biasSegment = (parameter: Parameter, units: Float32Array, from: number): BiasSegment => ({
  kind: 'bias',
  parameter,
  from,
  count: units.length,
  units,
});

const valueOf = (model: Model, tensor: TensorId, i: number): number =>
  Number(tensorOf(model, tensor).data?.[i] ?? 0);

/**
 * Where survivors begin: at the level they have (repair may have moved it), as near as its cell allows to the original weight,
 * so that the first step changes nothing and the weights next to a border are the first to move.
 */
function startingSteps(
  quantiser: FrozenQuantiser,
  { levels }: CompressedWeights,
  { values }: LayerWeights,
): Float32Array {
  return Float32Array.from(quantiser.survivors, (index, i) =>
    quantiser.within(i, levels[index] as number, (values[index] as number) / (quantiser.scales[i] as number)),
  );
}

/** The unit of a bias whose channel has no weights. */
const BIAS_UNIT = 1;

/**
 * A bias moves as its channel's weights do: its unit is the norm of the channel's weights ÷ √(their number), i.e. the size of a
 * typical weight, and never 0.
 */
function biasUnits(model: Model, bias: TensorId): Float32Array {
  const layer = model.layers.find((l) => isWeighted(l) && l.bias === bias);
  const { data } = tensorOf(model, bias);
  const count = data?.length ?? 0;
  const view =
    layer && 'weights' in layer ? layerWeights(model).find((w) => w.tensor === layer.weights) : undefined;
  if (view === undefined) return new Float32Array(count).fill(BIAS_UNIT);
  const energy = new Float64Array(count);
  const survivors = new Float64Array(count);
  view.values.forEach((v, i) => {
    const channel = channelOf(view, i);
    energy[channel] = (energy[channel] as number) + v * v;
    if (v !== 0) survivors[channel] = (survivors[channel] as number) + 1;
  });
  const typical = energy.map((e, j) => (e === 0 ? 0 : Math.sqrt(e / Math.max(1, survivors[j] as number))));
  const mean = typical.reduce((a, b) => a + b, 0) / Math.max(1, count) || BIAS_UNIT;
  return Float32Array.from(typical, (t) => (t === 0 ? mean : t));
}
