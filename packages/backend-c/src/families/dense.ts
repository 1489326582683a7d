import { KERNELS_API, type KernelFamily } from '@opq/backend';
import { COEFFICIENTS } from '../cost/coefficients';
import { geometryOf } from '../layer-sizes';
import { addWeights, isWeightedSite, windowMembers } from '../weight-tables';

/** opq_dense_conv2d(): convolutions whose weights are plain int8, on cores that have what it needs. */
export const dense: KernelFamily = {
  api: KERNELS_API,
  name: 'dense',
  ways(site) {
    const { dense: cost } = COEFFICIENTS[site.core];
    if (cost === undefined || !isWeightedSite(site)) return [];
    const { model, layer, stored } = site;
    if (layer.kind !== 'conv2d' || stored.encoding.decoder(stored.coded) !== undefined) return [];
    const g = geometryOf(model, layer);
    const fanIn = g.kernelHeight * g.kernelWidth * g.inputChannels;
    const pixels = g.outputHeight * g.outputWidth;
    const outputs = pixels * g.outputChannels;
    const gathered =
      fanIn === g.inputChannels && fanIn % 4 === 0
        ? 0
        : fanIn * cost.gather + g.kernelHeight * cost.gatherRow;
    const instructions =
      outputs * (fanIn * cost.mac + (fanIn % 4) * cost.rest + cost.output) +
      pixels * (fanIn * cost.widen + gathered);
    return [
      {
        scratchBytes: 20 * Math.ceil(fanIn / 4),
        instructions: Math.round(instructions),
        layouts: 'last',
        inPlace: 'never',
        write(to) {
          const { buffers, name } = to;
          const tables = addWeights(site, to, undefined);
          to.tables.structure('opq_conv2d_shape', `${name}_shape`, windowMembers(site, g), {}, 2);
          const call = `opq_dense_conv2d(&${name}_shape, ${tables.weights}, ${tables.channels}, ${buffers.of(layer.input)}, ${buffers.scratch()}, ${buffers.of(layer.output)});`;
          return { statements: [call], functions: ['opq_dense_conv2d'] };
        },
      },
    ];
  },
};
