import { layerInputs, type Layer, type Model, type TensorId, type WeightedLayer } from '@opq/ir';

/** Who makes and who reads the tensors of a list of layers. */
export interface Graph {
  /** How often layers read a tensor; being an output of the model counts as well. */
  uses(id: TensorId): number;
  /** The one layer that reads a tensor nothing else needs; undefined otherwise. */
  soleReader(id: TensorId): Layer | undefined;
  maker(id: TensorId): Layer | undefined;
}

export function graphOf({ layers, outputs }: Pick<Model, 'layers' | 'outputs'>): Graph {
  const makers = new Map(layers.map((layer) => [layer.output, layer]));
  const readers = new Map<TensorId, Layer[]>();
  for (const layer of layers)
    for (const id of layerInputs(layer)) readers.set(id, [...(readers.get(id) ?? []), layer]);
  const uses = (id: TensorId): number =>
    (readers.get(id)?.length ?? 0) + outputs.filter((output) => output === id).length;
  return {
    uses,
    soleReader: (id) => (uses(id) === 1 ? readers.get(id)?.[0] : undefined),
    maker: (id) => makers.get(id),
  };
}

/** Tensors that no layer touches any more lose their data, so that nothing of them is stored; the others keep their ids. */
export function unused(model: Model): Model {
  const used = new Set<number>([
    ...model.inputs,
    ...model.outputs,
    ...model.layers.flatMap((l) => [...layerInputs(l), l.output]),
  ]);
  return {
    ...model,
    tensors: model.tensors.map((t, i) => (used.has(i) ? t : { name: t.name, shape: t.shape, type: t.type })),
  };
}

/**
 * Input channel that the i-th weight of a layer multiplies.
 * @param shape of the weights @param channels of the input: a dense layer may read several pixels of them, one after the other
 */
export function inputChannelOf(
  layer: WeightedLayer,
  shape: readonly number[],
  channels: number,
): (i: number) => number {
  switch (layer.kind) {
    case 'conv2d':
    case 'fullyConnected':
      // The last dimension runs over pixels and channels, channels fastest, and holds whole pixels.
      return (i) => i % channels;
    case 'depthwiseConv2d': {
      const outputs = shape.at(-1) ?? 1;
      return (i) => Math.floor((i % outputs) / layer.depthMultiplier);
    }
  }
}

/** Output channel that the i-th weight of a layer adds to. @param shape of the weights */
export function outputChannelOf(layer: WeightedLayer, shape: readonly number[]): (i: number) => number {
  if (layer.kind === 'depthwiseConv2d') {
    const outputs = shape.at(-1) ?? 1;
    return (i) => i % outputs;
  }
  const fanIn = shape.slice(1).reduce((n, d) => n * d, 1);
  return (i) => Math.floor(i / fanIn);
}
