import { elementCount, isWeighted, tensorOf, type CompressedModel, type Layer } from '@opq/ir';
import { outputChannels } from '@opq/reference';
import type { Coefficients } from './coefficients';

/** Instructions of a layer by its plain kernel. */
export function plainCost({ model }: CompressedModel, layer: Layer, c: Coefficients): number {
  const outputs = elementCount(tensorOf(model, layer.output).shape);
  if (!isWeighted(layer)) {
    const inputs = 'inputs' in layer ? layer.inputs : [layer.input];
    const read = inputs.reduce((n, id) => n + elementCount(tensorOf(model, id).shape), 0);
    return Math.round(c.layer + (c.other[layer.kind] ?? c.otherwise) * Math.max(read / inputs.length, outputs));
  }
  const weights = elementCount(tensorOf(model, layer.weights).shape);
  const { shape } = tensorOf(model, layer.weights);
  const fanIn = weights / outputChannels(model, layer);
  const rows = layer.kind === 'fullyConnected' ? 1 : layer.kind === 'depthwiseConv2d' ? fanIn : (shape[1] ?? 1);
  const macs = outputs * fanIn;
  return Math.round(
    c.layer + macs * c.plain.mac + outputs * (c.plain.output + rows * c.plain.tap) + weights * c.decode.any,
  );
} // prettier-ignore
