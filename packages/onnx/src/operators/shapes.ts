import { elementCount } from '@opq/ir';
import type { Node } from '../graph';
import { isPlain, offsets, reshaped, shapeOf, transposed } from '../layout';
import { isConstant, type Handler, type Network, type Value } from '../network';
import { Unsupported } from '../problems';
import { isFloatType, soundShape, typeName, type Constant } from '../tensors';
import { axisOf, axesOf } from './operands';

const shapeOfValue = (value: Value): readonly number[] =>
  isConstant(value) ? value.shape : shapeOf(value.layout);

/** The value under another ONNX shape. */
function regroup(node: Node, net: Network, value: Value, wanted: readonly number[]): void {
  const name = node.outputs[0] ?? '';
  const shape = soundShape(wanted, 'to');
  if (elementCount(shape) !== elementCount(shapeOfValue(value)))
    throw new Unsupported(`of [${shapeOfValue(value).join(', ')}] to [${shape.join(', ')}]`);
  if (isConstant(value)) return net.define(name, { ...value, shape });
  const layout = reshaped(value.layout, shape);
  if (layout === undefined)
    throw new Unsupported(`to [${shape.join(', ')}] of an image, which would first have to be transposed`);
  // Where all of it is one vector, or stands as in ONNX, our tensor takes the shape too; otherwise who reads it decides.
  const visible = isPlain(layout) || shape.filter((d) => d !== 1).length <= 1;
  net.define(name, { name, id: visible ? net.shaped(value, shape, name) : value.id, layout });
}

export const reshape: Handler = (node, net) => {
  const value = net.value(node, 0);
  const wanted = net.integers(node, 1);
  if (wanted === undefined) throw new Unsupported('without a shape');
  const before = shapeOfValue(value);
  const copies = node.attributes.int('allowzero', 0) === 0;
  const shape = wanted.map((d, i) => (d === 0 && copies ? (before[i] ?? 0) : d));
  const open = shape.indexOf(-1);
  const known = elementCount(shape.filter((d) => d !== -1));
  const rest = elementCount(before) / known;
  if (open >= 0 && !Number.isInteger(rest))
    throw new Unsupported(`of [${before.join(', ')}] to [${wanted.slice(0, 8).join(', ')}]`);
  regroup(node, net, value, open < 0 ? shape : shape.with(open, rest));
};

export const flatten: Handler = (node, net) => {
  const value = net.value(node, 0);
  const shape = shapeOfValue(value);
  const given = node.attributes.int('axis', 1);
  const axis = given === shape.length ? given : axisOf(given, shape.length);
  regroup(node, net, value, [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))]);
};

export const squeeze: Handler = (node, net) => {
  const value = net.value(node, 0);
  const shape = shapeOfValue(value);
  const axes = axesOf(node, net, 13, shape.length) ?? shape.flatMap((d, i) => (d === 1 ? [i] : []));
  regroup(node, net, value, shape.filter((_, i) => !axes.includes(i))); // prettier-ignore
};

export const unsqueeze: Handler = (node, net) => {
  const value = net.value(node, 0);
  const shape = [...shapeOfValue(value)];
  const given = net.opset < 13 ? node.attributes.ints('axes') : net.integers(node, 1);
  const axes = axesOf(node, net, 13, shape.length + (given?.length ?? 0)) ?? [];
  for (const axis of axes) shape.splice(axis, 0, 1);
  regroup(node, net, value, shape);
};

function transposedConstant(
  net: Network,
  name: string,
  constant: Constant,
  permutation: readonly number[],
): Constant {
  const { shape } = constant;
  const strides = shape.map((_, i) => elementCount(shape.slice(i + 1)));
  const sizes = permutation.map((axis) => shape[axis] ?? 1);
  net.spend(elementCount(shape));
  const places = offsets(sizes, permutation.map((axis) => strides[axis] ?? 0)); // prettier-ignore
  return 'floats' in constant
    ? { name, shape: sizes, floats: Float32Array.from(places, (at) => constant.floats[at] ?? 0) }
    : { name, shape: sizes, integers: Array.from(places, (at) => constant.integers[at] ?? 0) };
}

export const transpose: Handler = (node, net) => {
  const value = net.value(node, 0);
  const name = node.outputs[0] ?? '';
  const rank = shapeOfValue(value).length;
  const permutation = node.attributes.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (permutation.length !== rank || new Set(permutation.map((axis) => axisOf(axis, rank))).size !== rank)
    throw new Unsupported(`by [${permutation.slice(0, 8).join(', ')}] of ${rank} axes`);
  const axes = permutation.map((axis) => axisOf(axis, rank));
  if (isConstant(value)) net.define(name, transposedConstant(net, name, value, axes));
  else net.define(name, { name, id: value.id, layout: transposed(value.layout, axes) });
};

/** Of constants; where it only passes a float activation on, it was taken off before. */
export const cast: Handler = (node, net) => {
  const value = net.value(node, 0);
  const to = node.attributes.castTo();
  if (!isFloatType(to) || !isConstant(value)) throw new Unsupported(`to ${typeName(to)}`);
  const name = node.outputs[0] ?? '';
  if ('integers' in value) net.spend(value.integers.length);
  net.define(
    name,
    'floats' in value ? value : { name, shape: value.shape, floats: Float32Array.from(value.integers) },
  );
};

/** Of constants; where it passes an activation on, it was taken off before. */
export const identity: Handler = (node, net) => {
  const value = net.value(node, 0);
  if (node.inputs.length > 2 && net.optional(node, 2) !== undefined) {
    const training = net.integers(node, 2);
    if (training?.[0] !== 0) throw new Unsupported('in training mode');
  }
  net.define(node.outputs[0] ?? '', value);
};
