import type { LayerWriter } from '@opq/backend';
import { tensorOf, type ElementwiseLayer, type Model, type TensorId } from '@opq/ir';
import { broadcastStrides, elementwiseParameters } from '@opq/reference';

/** Exactly four entries, ones (or zeros) in front. */
export const four = (list: readonly number[], fill: number): readonly number[] => [
  ...new Array<number>(4 - list.length).fill(fill),
  ...list,
];

/** Adds opq_elementwise_shape of one layer, and operands that are constants; gives the C expressions of both operands. */
export function addElementwise(
  net: Model,
  layer: ElementwiseLayer,
  { name, tables, buffers }: LayerWriter,
): readonly [string, string] {
  const p = elementwiseParameters(net, layer);
  const extent = tensorOf(net, layer.output).shape;
  const operand = (id: TensorId, k: number): string => {
    const { data } = tensorOf(net, id);
    if (data === undefined) return buffers.of(id);
    const constant = `${name}_constant_${k}`;
    tables.add(constant, 'int8_t', data as Int8Array, extent.at(-1) ?? 24, 'constant operand');
    return constant;
  };
  const strides = (id: TensorId): readonly number[] =>
    four(broadcastStrides(tensorOf(net, id).shape, extent), 0);
  const operands = [operand(layer.inputs[0], 0), operand(layer.inputs[1], 1)] as const;
  tables.structure('opq_elementwise_shape', `${name}_shape`, {
    extent: four(extent, 1), a_stride: strides(layer.inputs[0]), b_stride: strides(layer.inputs[1]),
    a_offset: p.aOffset, b_offset: p.bOffset, output_offset: p.outputOffset,
    a_multiplier: p.a.multiplier, b_multiplier: p.b.multiplier, output_multiplier: p.output.multiplier,
    a_shift: p.a.shift, b_shift: p.b.shift, output_shift: p.output.shift, output_min: p.outputMin, output_max: p.outputMax,
  }); // prettier-ignore
  return operands;
}
