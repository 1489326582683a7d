import type { Core, StoredWeights } from '@opq/backend';
import { elementCount, isWeighted, tensorOf, type CompressedModel, type Layer } from '@opq/ir';
import { outputChannels } from '@opq/reference';
import { weightCount } from '../encodings';
import { geometryOf } from '../layer-sizes';
import { COEFFICIENTS } from './coefficients';
import { tapsInside } from './taps';

/**
 * Instructions of a layer by its plain kernel.
 * @param stored undefined for a layer without weights
 * @param planarInput whether the input has its channels first
 */
export function plainCost(
  compressed: CompressedModel,
  layer: Layer,
  stored: StoredWeights | undefined,
  core: Core,
  planarInput: boolean,
): number {
  const { model } = compressed;
  const c = COEFFICIENTS[core];
  const outputs = elementCount(tensorOf(model, layer.output).shape);
  if (!isWeighted(layer)) {
    if (layer.kind === 'reshape') return c.untouched;
    const inputs = 'inputs' in layer ? layer.inputs : [layer.input];
    const read = inputs.reduce((n, id) => n + elementCount(tensorOf(model, id).shape), 0);
    const elements = Math.max(read / inputs.length, outputs);
    if (layer.kind === 'averagePool2d' && !planarInput && c.poolLast !== undefined) {
      const [rows, columns] = layer.window;
      const { output, row, element } = c.poolLast;
      return Math.round(c.layer + outputs * (output + rows * (row + columns * element)));
    }
    if (layer.kind === 'averagePool2d')
      return Math.round(
        c.layer + outputs * c.pool.output + elements * (planarInput ? c.pool.planar : c.pool.element),
      );
    return Math.round(c.layer + (c.other[layer.kind] ?? c.otherwise) * elements);
  }
  const weights = elementCount(tensorOf(model, layer.weights).shape);
  const fanIn = weights / outputChannels(model, layer);
  const macs = outputs * fanIn;
  const decoder = stored?.encoding.decoder(stored.coded);
  const decoded = decoder?.instructions(core, weightCount(compressed, layer)) ?? 0;
  if (layer.kind === 'fullyConnected') {
    const { mac, output } = c.fullyConnected;
    return Math.round(c.layer + macs * mac + outputs * output + decoded);
  }
  const taps = tapsInside(geometryOf(compressed, layer), layer.kind === 'depthwiseConv2d');
  const each = outputChannels(model, layer);
  return Math.round(
    c.layer +
      decoded +
      each *
        (taps.quads * 4 * c.plain.mac +
          taps.rest * c.plain.rest +
          taps.runs * c.plain.run +
          taps.pixels * c.plain.output),
  );
}
