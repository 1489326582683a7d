import type { LayerCall, LayerCost, LayerSite, LayerWriter } from '@opq/backend';
import { symbolOf } from '@opq/backend';
import { encodedBytes } from '@opq/encodings';
import type { Layer } from '@opq/ir';
import { encodingLabel } from './encodings';
import { macsOf } from './layer-sizes';
import { inComment, type Tables } from './text';
import type { FamilyWay } from './ways';

/** The C of one layer: a call, its tables already added, and what it costs. */
export interface LayerCode extends LayerCall {
  readonly cost: LayerCost;
}

/** Adds the layer's tables and gives its call. */
export function layerCode(
  { model, layer, stored }: LayerSite,
  way: FamilyWay,
  to: LayerWriter & { readonly tables: Tables },
): LayerCode {
  const before = to.tables.bytes;
  const call = way.write(to);
  const [kernel] = call.functions;
  const weightBytes = stored === undefined ? 0 : encodedBytes(stored.coded);
  return {
    ...call,
    cost: {
      layer: layer.name,
      kind: layer.kind,
      kernel: kernel === undefined ? '' : symbolOf(kernel),
      encoding: stored === undefined ? '' : encodingLabel(stored),
      weightBytes,
      tableBytes: to.tables.bytes - before - weightBytes,
      scratchBytes: way.scratchBytes,
      macs: macsOf(model, layer),
      instructions: way.instructions,
    },
  };
}

export const commentFor = (layer: Layer): string => `${layer.kind} ${inComment(layer.name)}`;
