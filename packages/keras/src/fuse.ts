import {
  assertModel,
  layerInputs,
  mapTensors,
  tensorId,
  tensorOf,
  type Layer,
  type Model,
  type TensorId,
} from '@opq/ir';

/** Concatenations keep their activation apart: on devices they only move elements. */
const takesActivation = (layer: Layer): layer is Extract<Layer, { activation: unknown }> =>
  'activation' in layer && layer.kind !== 'concatenation';

/**
 * Puts relu and relu6 layers into the layer before them where nothing else reads what that one makes.
 * @param model in which no layer has an activation yet
 * @throws OPQ0101
 */
export function fuseActivations(model: Model): Model {
  const readers = new Map<TensorId, number>();
  for (const id of [...model.layers.flatMap(layerInputs), ...model.outputs])
    readers.set(id, (readers.get(id) ?? 0) + 1);
  const makers = new Map(model.layers.map((layer, i) => [layer.output, i]));
  const layers: (Layer | undefined)[] = [...model.layers];
  const names = new Map<TensorId, string>();
  const dropped = new Set<TensorId>();
  model.layers.forEach((layer, i) => {
    if (layer.kind !== 'relu' && layer.kind !== 'relu6') return;
    const at = makers.get(layer.input);
    const maker = at === undefined ? undefined : layers[at];
    if (at === undefined || maker === undefined || readers.get(layer.input) !== 1) return;
    if (!takesActivation(maker)) return;
    layers[at] = { ...maker, output: layer.output, activation: layer.kind };
    layers[i] = undefined;
    names.set(layer.output, maker.name);
    dropped.add(layer.input);
  });
  const kept = model.tensors.map((_, i) => tensorId(i)).filter((id) => !dropped.has(id));
  const place = new Map(kept.map((old, i) => [old, tensorId(i)]));
  const map = (id: TensorId): TensorId => place.get(id) ?? id;
  return assertModel({
    name: model.name,
    tensors: kept.map((id) => ({ ...tensorOf(model, id), name: names.get(id) ?? tensorOf(model, id).name })),
    layers: layers.flatMap((layer) => (layer === undefined ? [] : [mapTensors(layer, map)])),
    inputs: model.inputs.map(map),
    outputs: model.outputs.map(map),
  });
}
