import { coreErrors } from '@opq/errors';
import { elementCount, isWeighted, tensorOf, type Model, type TensorId, type WeightedLayer } from '@opq/ir';

/** The weights of one layer as OPQ looks at them. Several layers may share one tensor; it is seen once. */
export interface LayerWeights {
  /** Of the first layer that reads the tensor: untrusted text. */
  readonly name: string;
  /** What that layer computes; it says the order of the weights. */
  readonly kind: WeightedLayer['kind'];
  /** The constant that holds them. */
  readonly tensor: TensorId;
  /** Row-major in the layer's own order (OHWI, 1HWC, or [O, I]). */
  readonly values: Float32Array;
  /** Number of output channels. */
  readonly channels: number;
  /** Elements between neighbours of one channel: 1 for OHWI and [O, I], `channels` for depthwise. */
  readonly stride: number;
  /** Weights per output channel. */
  readonly fanIn: number;
  /** Multiplications of one inference that each weight takes part in: output positions, of all layers that share the tensor. */
  readonly uses: number;
}

/** Index of the k-th weight of a channel. */
export const weightIndex = (w: Pick<LayerWeights, 'stride' | 'fanIn'>, channel: number, k: number): number =>
  w.stride === 1 ? channel * w.fanIn + k : k * w.stride + channel;

/** Output channel of weight i. */
export const channelOf = (w: Pick<LayerWeights, 'stride' | 'fanIn'>, i: number): number =>
  w.stride === 1 ? Math.floor(i / w.fanIn) : i % w.stride;

/** Positions of the output: H·W of a convolution, 1 of a fully connected layer. */
const usesOf = (model: Model, weights: TensorId, channels: number): number =>
  model.layers
    .filter((layer) => isWeighted(layer) && layer.weights === weights)
    .reduce((n, { output }) => n + elementCount(tensorOf(model, output).shape) / channels, 0);

/**
 * Every weight tensor of a float model, in the order of the layers.
 * @throws OPQ0301 for NaN or infinity, naming the layer
 */
export function layerWeights(model: Model): readonly LayerWeights[] {
  const seen = new Set<TensorId>();
  return model.layers.filter(isWeighted).flatMap((layer) => {
    const { data, shape } = tensorOf(model, layer.weights);
    if (seen.has(layer.weights) || !(data instanceof Float32Array)) return [];
    seen.add(layer.weights);
    const bad = data.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw coreErrors.notFinite(layer.name, bad, data[bad] ?? Number.NaN);
    const depthwise = layer.kind === 'depthwiseConv2d';
    const channels = (depthwise ? shape.at(-1) : shape[0]) ?? 1;
    return [
      {
        name: layer.name,
        kind: layer.kind,
        tensor: layer.weights,
        values: data,
        channels,
        stride: depthwise ? channels : 1,
        fanIn: data.length / channels,
        uses: usesOf(model, layer.weights, channels),
      },
    ];
  });
}
