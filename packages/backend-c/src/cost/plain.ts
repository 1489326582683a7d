import type { EncodedWeights } from '@opq/encodings';
import { elementCount, isWeighted, tensorOf, type CompressedModel, type Layer } from '@opq/ir';
import { outputChannels } from '@opq/reference';
import type { Coefficients } from './coefficients';

const decodeCost = ({ decodePlain }: Coefficients, form: EncodedWeights['form'] | undefined): number =>
  form === undefined || form === 'int8' ? 0 : form === 'entropy' ? decodePlain.entropy : decodePlain.other;

/**
 * Instructions of a layer by its plain kernel.
 * @param encoded undefined for a layer without weights
 * @param planarInput whether the input has its channels first
 */
export function plainCost(
  { model }: CompressedModel,
  layer: Layer,
  encoded: EncodedWeights | undefined,
  c: Coefficients,
  planarInput: boolean,
): number {
  const outputs = elementCount(tensorOf(model, layer.output).shape);
  if (!isWeighted(layer)) {
    if (layer.kind === 'reshape') return UNTOUCHED;
    const inputs = 'inputs' in layer ? layer.inputs : [layer.input];
    const read = inputs.reduce((n, id) => n + elementCount(tensorOf(model, id).shape), 0);
    const elements = Math.max(read / inputs.length, outputs);
    if (layer.kind === 'averagePool2d')
      return Math.round(
        c.layer + outputs * c.pool.output + elements * (planarInput ? c.pool.planar : c.pool.element),
      );
    return Math.round(c.layer + (c.other[layer.kind] ?? c.otherwise) * elements);
  }
  const weights = elementCount(tensorOf(model, layer.weights).shape);
  const { shape } = tensorOf(model, layer.weights);
  const fanIn = weights / outputChannels(model, layer);
  const macs = outputs * fanIn;
  const decoded = weights * decodeCost(c, encoded?.form);
  if (layer.kind === 'fullyConnected') {
    const { mac, output } = c.fullyConnected;
    return Math.round(c.layer + macs * mac + outputs * output + decoded);
  }
  const rows = layer.kind === 'depthwiseConv2d' ? fanIn : (shape[1] ?? 1);
  return Math.round(c.layer + macs * c.plain.mac + outputs * (c.plain.output + rows * c.plain.tap) + decoded);
}

/** A layer whose output is its input: what the count between two layers takes. */
const UNTOUCHED = 30;
