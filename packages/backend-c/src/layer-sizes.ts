import {
  elementCount,
  isWeighted,
  tensorOf,
  type CompressedModel,
  type Layer,
  type WeightedLayer,
} from '@opq/ir';
import { outputChannels, windowGeometry, type WindowGeometry } from '@opq/reference';

/** Weights of one output channel. */
export function fanInOf(model: CompressedModel, layer: WeightedLayer): number {
  return elementCount(tensorOf(model.model, layer.weights).shape) / outputChannels(model.model, layer);
}

/** Multiply-accumulates of one inference through the layer, zeros counted. */
export function macsOf(model: CompressedModel, layer: Layer): number {
  return isWeighted(layer)
    ? elementCount(tensorOf(model.model, layer.output).shape) * fanInOf(model, layer)
    : 0;
}

/** The window of a convolution. */
export function geometryOf({ model }: CompressedModel, layer: Exclude<WeightedLayer, { kind: 'fullyConnected' }>): WindowGeometry {
  const [, height = 1, width = 1] = tensorOf(model, layer.weights).shape;
  return windowGeometry(model, layer, [height, width]);
} // prettier-ignore
