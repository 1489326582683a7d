import { isWeighted, tensorId, tensorOf, type Model, type Tensor } from '@opq/ir';

/** A bias of zeros in every layer with weights that has none: TensorFlow Lite's convolutions on hosts insist on one. */
export function withZeroBiases(model: Model): Model {
  const tensors: Tensor[] = [...model.tensors];
  const layers = model.layers.map((layer) => {
    if (!isWeighted(layer) || layer.bias !== undefined) return layer;
    const { shape, quantisation } = tensorOf(model, layer.weights);
    const channels = (layer.kind === 'depthwiseConv2d' ? shape.at(-1) : shape[0]) ?? 1;
    const [input = 1] = tensorOf(model, layer.input).quantisation?.scales ?? [];
    const base = { name: `${layer.name}/bias`, shape: [channels] };
    const bias: Tensor =
      quantisation === undefined
        ? { ...base, type: 'float32', data: new Float32Array(channels) }
        : {
            ...base,
            type: 'int32',
            data: new Int32Array(channels),
            quantisation: {
              scales: quantisation.scales.map((s) => Math.max(2 ** -149, Math.fround(s * input))),
              zeroPoints: quantisation.scales.map(() => 0),
              axis: 0,
            },
          };
    return { ...layer, bias: tensorId(tensors.push(bias) - 1) };
  });
  return { ...model, tensors, layers };
}
