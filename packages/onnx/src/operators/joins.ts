import { elementCount, type Pair } from '@opq/ir';
import { runs, shapeOf, stored, type Layout } from '../layout';
import { isConstant, type Handler } from '../network';
import { Unsupported } from '../problems';
import { axisOf } from './operands';

/** Layout of a tensor of this shape whose dimensions are the axes in this order. */
const standing = (shape: readonly number[], order: readonly number[]): Layout =>
  stored(
    order.map((_, axis) => shape[order.indexOf(axis)] ?? 1),
    order,
  );

export const concat: Handler = (node, net) => {
  const values = node.inputs.map((_, k) => net.activation(node, k));
  const rank = values[0]?.layout.axes.length ?? 0;
  if (values.some(({ layout }) => layout.axes.length !== rank)) throw new Unsupported('of several ranks');
  const axis = axisOf(node.attributes.int('axis', 1), rank);
  const { order, ids } = net.byAxis(values);
  net.emit(
    {
      kind: 'concatenation',
      name: node.outputs[0] ?? '',
      inputs: ids,
      axis: order.indexOf(axis),
      activation: 'none',
    },
    (shape) => standing(shape, order),
  );
};

export const pad: Handler = (node, net) => {
  const value = net.activation(node, 0);
  const mode = node.attributes.text('mode', 'constant');
  if (mode !== 'constant') throw new Unsupported(`with the mode ${mode}`);
  const rank = value.layout.axes.length;
  const asInputs = net.opset >= 11;
  const fill = asInputs ? net.optional(node, 2) : undefined;
  if (fill !== undefined && !isConstant(fill)) throw new Unsupported('with a value that is not constant');
  const given = fill && ('floats' in fill ? fill.floats : fill.integers);
  const filled = given === undefined ? node.attributes.float('value', 0) : given[0];
  if (filled !== 0) throw new Unsupported(`with ${filled ?? 'no number'} (zero is supported)`);
  const flat = (asInputs ? net.integers(node, 1) : node.attributes.ints('pads')) ?? [];
  const listed = net.integers(node, 3);
  const axes = listed?.map((axis) => axisOf(axis, rank)) ?? Array.from({ length: rank }, (_, i) => i);
  if (flat.length !== 2 * axes.length)
    throw new Unsupported(`with ${flat.length} pads for ${axes.length} axes`);
  const { order, id } = net.aloneByAxis(value);
  const paddings = order.map((axis): Pair => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [flat[at] ?? 0, flat[axes.length + at] ?? 0];
  });
  net.emit({ kind: 'pad', name: node.outputs[0] ?? '', input: id, paddings }, (shape) =>
    standing(shape, order),
  );
};

/** Over one axis, before opset 13 over that axis and all after it. */
export const softmax: Handler = (node, net) => {
  const value = net.activation(node, 0);
  const shape = shapeOf(value.layout);
  const axis = axisOf(node.attributes.int('axis', net.opset < 13 ? 1 : -1), shape.length);
  const within = (other: number): boolean => (net.opset < 13 ? other >= axis : other === axis);
  const parts = runs(value.layout);
  const depth = elementCount(shape.filter((_, i) => within(i)));
  const first = parts.findIndex((part) => within(part.axis));
  // The order within a row does not matter, only that a row is in one piece.
  if (first >= 0 && !parts.slice(first).every((part) => within(part.axis)))
    throw new Unsupported('over values that do not stand next to each other');
  const whole = net.build.shape(value.id).at(-1) === depth;
  const input = whole ? value.id : net.shaped(value, [elementCount(shape) / depth, depth]);
  net.emit({ kind: 'softmax', name: node.outputs[0] ?? '', input, beta: 1 }, () => value.layout);
};
