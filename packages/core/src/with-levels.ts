import { assertModel, isWeighted, layerInputs, tensorId, tensorOf, type Model, type TensorId } from '@opq/ir';
import { histogramOf } from '@opq/encodings';
import { accountLayer } from './accounting';
import { totalsOf, type WeightCompression } from './compress';
import { realWeights, type CompressedWeights } from './compressed-weights';
import { layerWeights } from './weights';

/** New values for what a compression leaves open once masks and steps are fixed. */
export interface LevelChanges {
  /** All levels k of a weight tensor, in its own order; zero where its mask is. */
  readonly levels?: ReadonlyMap<TensorId, Int8Array>;
  /** Bias of a layer, by its name: one value per output channel. Made where the layer has none. */
  readonly biases?: ReadonlyMap<string, Float32Array>;
}

/**
 * The compression with other levels and biases: masks, steps, scales and limits as they were, and codebooks, accounts, totals
 * and the model made anew. Errors stay those of the allocation: the original weights are not known here.
 * Its model holds the new biases, so `quantiseModel` wants that model from then on.
 */
export function withLevels(
  compression: WeightCompression,
  { levels = new Map(), biases = new Map() }: LevelChanges,
): WeightCompression {
  const views = new Map(layerWeights(compression.model).map((view) => [view.tensor, view]));
  const weights = compression.weights.map((w): CompressedWeights => {
    const changed = levels.get(w.tensor);
    const view = views.get(w.tensor);
    if (changed === undefined || view === undefined) return w;
    if (changed.length !== w.levels.length)
      throw new RangeError(`${changed.length} levels for ${w.levels.length} weights of ${w.layer}`);
    if (w.mask.some((survives, i) => survives === 0 && changed[i] !== 0))
      throw new RangeError(`a pruned weight of ${w.layer} has a level`);
    return {
      ...w,
      levels: changed,
      codebook: histogramOf(changed).levels,
      account: accountLayer(view, changed, w.account.paper, true),
    };
  });
  const tensors = [...compression.model.tensors];
  for (const w of weights) {
    const view = views.get(w.tensor);
    if (view === undefined || !levels.has(w.tensor)) continue;
    tensors[w.tensor] = { ...tensorOf(compression.model, w.tensor), data: realWeights(w, view) };
  }
  const model = assertModel(withBiases({ ...compression.model, tensors }, biases));
  return {
    ...compression,
    weights,
    model,
    totals: {
      ...totalsOf(weights),
      macs: compression.totals.macs,
      weightedError: compression.totals.weightedError,
    },
  };
}

/** A bias that other layers read too is left to them, and this layer gets its own. */
function withBiases(model: Model, biases: ReadonlyMap<string, Float32Array>): Model {
  const tensors = [...model.tensors];
  const uses = new Map<TensorId, number>();
  for (const layer of model.layers)
    for (const id of layerInputs(layer)) uses.set(id, (uses.get(id) ?? 0) + 1);
  const layers = model.layers.map((layer) => {
    const data = biases.get(layer.name);
    if (data === undefined || !isWeighted(layer)) return layer;
    const own = layer.bias !== undefined && uses.get(layer.bias) === 1 ? layer.bias : undefined;
    const id = own ?? tensorId(tensors.length);
    const name = layer.bias === undefined ? `${layer.name}/bias` : tensorOf(model, layer.bias).name;
    tensors[id] = { name, shape: [data.length], type: 'float32', data };
    return { ...layer, bias: id };
  });
  return { ...model, tensors, layers };
}
