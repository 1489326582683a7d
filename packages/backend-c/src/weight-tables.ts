import { symbolOf, type CFunction, type LayerSite, type LayerWriter, type StoredWeights } from '@opq/backend';
import { elementCount, isWeighted, tensorOf, type WeightedLayer } from '@opq/ir';
import { weightedParameters, type WindowGeometry } from '@opq/reference';
import { addChannels } from './channels';
import { fanInOf } from './layer-sizes';

/** C expressions of what a kernel of a weighted layer is handed. */
export interface WeightTables {
  /** Of the type `const opq_weights *`. */
  readonly weights: string;
  /** Of the type `const opq_channels *`. */
  readonly channels: string;
}

/** A layer that has weights, with how they are stored. */
export interface WeightedSite extends LayerSite {
  /** The layer itself. */
  readonly layer: WeightedLayer;
  /** Its weights in the encoding that was chosen. */
  readonly stored: StoredWeights;
}

/** Whether a layer has weights. */
export const isWeightedSite = (site: LayerSite): site is WeightedSite =>
  isWeighted(site.layer) && site.stored !== undefined;

/**
 * Adds the stored weights of a layer, what its channels add and are multiplied with, and `opq_weights`.
 * @param decode what `opq_weights` is to point to; undefined where the kernel reads the weights otherwise
 */
export function addWeights(
  { model, layer, stored }: WeightedSite,
  { name, tables }: LayerWriter,
  decode: CFunction | undefined,
): WeightTables {
  const { encoding, coded } = stored;
  const net = model.model;
  const { shape } = tensorOf(net, layer.weights);
  const bias = layer.bias === undefined ? undefined : tensorOf(net, layer.bias).data;
  const plain = encoding.decoder(coded) === undefined;
  const form = plain ? 'plain int8' : `${encoding.name}, ${coded.bits} bits`;
  const comment = `weights [${shape.join('][')}], ${form}`;
  tables.add(`${name}_weights`, 'uint8_t', coded.bytes, plain ? fanInOf(model, layer) : 24, comment);
  if (!plain) tables.add(`${name}_codebook`, 'uint8_t', coded.table, 24, 'codebook, as the decoder reads it');
  const parameters = weightedParameters(net, layer);
  const channels = addChannels(tables, name, parameters, bias instanceof Int32Array ? bias : undefined);
  tables.structure(
    'opq_weights',
    `${name}_coded`,
    { bits: coded.bits },
    {
      data: `${name}_weights`,
      table: plain ? '0' : `${name}_codebook`,
      decode: decode === undefined ? '0' : symbolOf(decode),
    },
    1,
  );
  return { weights: `&${name}_coded`, channels: `&${channels}` };
}

/** What every structure of a weighted layer ends with: offsets of its input and output, and the fused activation's bounds. */
export function boundsOf({ model, layer }: WeightedSite): Readonly<Record<string, number>> {
  const p = weightedParameters(model.model, layer);
  return {
    input_offset: p.inputOffset,
    output_offset: p.outputOffset,
    output_min: p.outputMin,
    output_max: p.outputMax,
  };
}

/** The members of `opq_conv2d_shape`. */
export const windowMembers = (site: WeightedSite, g: WindowGeometry): Readonly<Record<string, number>> => ({
  input_height: g.inputHeight, input_width: g.inputWidth, input_channels: g.inputChannels,
  output_height: g.outputHeight, output_width: g.outputWidth, output_channels: g.outputChannels,
  kernel_height: g.kernelHeight, kernel_width: g.kernelWidth, stride_height: g.strideHeight, stride_width: g.strideWidth,
  dilation_height: g.dilationHeight, dilation_width: g.dilationWidth, pad_top: g.padTop, pad_left: g.padLeft, ...boundsOf(site),
}); // prettier-ignore

/** The members of `opq_fully_connected_shape`. */
export function connectedMembers(site: WeightedSite): Readonly<Record<string, number>> {
  const { model, layer } = site;
  const [outputs = 1, inputs = 1] = tensorOf(model.model, layer.weights).shape;
  const batches = elementCount(tensorOf(model.model, layer.input).shape) / inputs;
  return { batches, inputs, outputs, ...boundsOf(site) };
}
