import { coreErrors } from '@opq/errors';
import {
  tensorOf,
  type ActivationRange,
  type ActivationRanges,
  type Layer,
  type Model,
  type Quantisation,
  type TensorId,
} from '@opq/ir';

/** int8 scale and zero point of every activation. */
export type ActivationQuantisation = ReadonlyMap<TensorId, Quantisation>;

const perTensor = (scale: number, zeroPoint: number): Quantisation => ({
  scales: [Math.fround(scale)],
  zeroPoints: [zeroPoint],
  axis: 0,
});

/** TFLite fixes the output of softmax and logistic: [0, 1) in steps of 1/256. */
const PROBABILITY = perTensor(1 / 256, -128);

/**
 * Asymmetric int8 for a range, as TFLite's converter chooses it: the range is widened to hold 0, the scale is a float32, and
 * the zero point is the nearest integer to where 0 falls.
 */
export function quantisationFor({ min, max }: ActivationRange): Quantisation {
  const low = Math.min(0, min);
  const high = Math.max(0, max);
  const scale = Math.fround((high - low) / 255);
  // A constant 0 has any scale; a range too small for a float32 scale counts as constant.
  if (!(scale > 0)) return perTensor(1, 0);
  return perTensor(scale, Math.max(-128, Math.min(127, Math.round(-128 - low / scale))));
}

/** Tensors that must share one quantisation with the layer's output, because the layer only moves or compares values. */
function sharing(layer: Layer): readonly TensorId[] {
  switch (layer.kind) {
    case 'averagePool2d':
    case 'maxPool2d':
    case 'pad':
    case 'reshape':
      return [layer.input];
    case 'concatenation':
      return layer.inputs;
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'fullyConnected':
    case 'add':
    case 'mul':
    case 'sub':
    case 'mean':
    case 'softmax':
    case 'logistic':
    case 'relu':
    case 'relu6':
    case 'quantize':
    case 'dequantize':
      return [];
  }
}

/** Disjoint groups of tensors; `find` gives a group's representative. */
function groups(count: number) {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while ((parent[root] as number) !== root) root = parent[root] as number;
    return root;
  };
  return {
    find,
    join: (a: number, b: number): void =>
      void (parent[Math.max(find(a), find(b))] = Math.min(find(a), find(b))),
  };
}

/**
 * One quantisation per activation from observed ranges. Layers that only move values share one with their input (the range of
 * all of them together); probabilities have TFLite's fixed one.
 * @throws OPQ0307 for an activation without a range, OPQ0308 for one that is not finite
 */
export function quantiseActivations(model: Model, ranges: ActivationRanges): ActivationQuantisation {
  const { find, join } = groups(model.tensors.length);
  for (const layer of model.layers) for (const id of sharing(layer)) join(id, layer.output);
  const fixed = new Set(
    model.layers.filter((l) => l.kind === 'softmax' || l.kind === 'logistic').map((l) => find(l.output)),
  );
  const activations = [...model.inputs, ...model.layers.map((layer) => layer.output)];
  const merged = new Map<number, ActivationRange>();
  for (const id of activations) {
    const range = ranges.get(id);
    const { name } = tensorOf(model, id);
    if (range === undefined) throw coreErrors.notCalibrated(name);
    if (!Number.isFinite(range.min) || !Number.isFinite(range.max)) throw coreErrors.rangeNotFinite(name);
    const other = merged.get(find(id)) ?? range;
    merged.set(find(id), { min: Math.min(range.min, other.min), max: Math.max(range.max, other.max) });
  }
  return new Map(
    activations.map((id) => {
      const range = merged.get(find(id));
      return [id, fixed.has(find(id)) || range === undefined ? PROBABILITY : quantisationFor(range)];
    }),
  );
}
