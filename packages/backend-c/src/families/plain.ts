import { KERNELS_API, type KernelFamily, type Way } from '@opq/backend';
import type { KernelFunction } from '@opq/kernels';
import { plainCost } from '../cost/plain';
import { fanInOf, geometryOf } from '../layer-sizes';
import {
  addWeights,
  connectedMembers,
  isWeightedSite,
  windowMembers,
  type WeightedSite,
} from '../weight-tables';
import { unweightedWay } from './unweighted';

const KERNELS = {
  conv2d: 'opq_conv2d',
  depthwiseConv2d: 'opq_depthwise_conv2d',
  fullyConnected: 'opq_fully_connected',
} as const satisfies Readonly<Record<string, KernelFunction>>;

function addShape(site: WeightedSite, to: Parameters<Way['write']>[0]): void {
  const { model, layer } = site;
  if (layer.kind !== 'fullyConnected') {
    to.tables.structure('opq_conv2d_shape', `${to.name}_shape`, windowMembers(site, geometryOf(model, layer)), {}, 2);
    return;
  }
  to.tables.structure('opq_fully_connected_shape', `${to.name}_shape`, connectedMembers(site));
} // prettier-ignore

/** One kernel of each kind, which visits every weight: what others are compared with. */
export const plain: KernelFamily = {
  api: KERNELS_API,
  name: 'plain',
  ways(site) {
    if (!isWeightedSite(site)) return [unweightedWay(site)];
    const { model, layer, stored, core } = site;
    const decoder = stored.encoding.decoder(stored.coded);
    const kernel = KERNELS[layer.kind];
    return [
      {
        // The same numbers as opq_*_scratch_size(): one decoded channel, or nothing for plain int8.
        scratchBytes: decoder === undefined ? 0 : fanInOf(model, layer),
        instructions: plainCost(model, layer, stored, core, site.planar.input),
        layouts: 'last',
        inPlace: 'never',
        write(to) {
          const { buffers, name } = to;
          const tables = addWeights(site, to, decoder?.function);
          addShape(site, to);
          const call = `${kernel}(&${name}_shape, ${tables.weights}, ${tables.channels}, ${buffers.of(layer.input)}, ${buffers.scratch()}, ${buffers.of(layer.output)});`;
          return {
            statements: [call],
            functions: [kernel, ...(decoder === undefined ? [] : [decoder.function])],
          };
        },
      },
    ];
  },
};
