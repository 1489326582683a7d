import { broadcastShape, type TensorId } from '@opq/ir';
import type { Node } from '../graph';
import {
  isPlain,
  offsets,
  onnxStrides,
  plain,
  restricted,
  runs,
  sameLayout,
  shapeOf,
  type Layout,
} from '../layout';
import { isConstant, type Activation, type Handler, type Network } from '../network';
import { REORDERED, Unsupported } from '../problems';
import type { FloatConstant } from '../tensors';
import { clampOf } from './clamps';

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** The shape with dimensions of 1 in front, up to a rank. */
const padded = (shape: readonly number[], rank: number): readonly number[] => [
  ...new Array<number>(Math.max(0, rank - shape.length)).fill(1),
  ...shape,
];

const withoutLeadingOnes = (shape: readonly number[]): readonly number[] => {
  const first = shape.findIndex((d) => d !== 1);
  return first < 0 ? [1] : shape.slice(first);
};

interface Operands {
  readonly inputs: readonly [TensorId, TensorId];
  readonly layout: Layout;
}

/**
 * A constant that is broadcast over a value, in the order and shape in which our tensor holds that value.
 * @param constant of a shape that can be broadcast to the value's
 */
export function placed(
  net: Network,
  value: Activation,
  constant: FloatConstant,
): { readonly value: TensorId; readonly constant: TensorId } {
  const { id, axes } = net.aligned(value);
  const own = padded(constant.shape, value.layout.axes.length);
  const layout = restricted(value.layout, (axis) => own[axis] !== 1);
  const shape = withoutLeadingOnes(
    net.build.shape(id).map((size, i) => (own[axes[i] ?? -1] === 1 ? 1 : size)),
  );
  const made = net.derive(constant, JSON.stringify([shape, layout]), shape, (floats) => {
    if (isPlain(layout)) return floats;
    const strides = onnxStrides(layout, layout.axes.map((_, i) => i));
    return Float32Array.from(offsets(runs(layout).map(({ size }) => size), strides), (at) => floats[at] ?? 0);
  }); // prettier-ignore
  return { value: id, constant: made };
}

function withConstant(net: Network, value: Activation, constant: FloatConstant): Operands {
  const shape = shapeOf(value.layout);
  const output = broadcastShape(shape, constant.shape);
  if (output === undefined) throw new Unsupported('of shapes that cannot be broadcast together');
  if (equal(output, shape)) {
    const both = placed(net, value, constant);
    return { inputs: [both.value, both.constant], layout: value.layout };
  }
  if (!isPlain(value.layout)) throw new Unsupported(REORDERED);
  const table = net.derive(constant, 'as it is', constant.shape, (floats) => floats);
  return { inputs: [net.shaped(value, shape), table], layout: plain(output) };
}

/** The second value is broadcast over the first, whose shape the output has. */
function broadcast(net: Network, big: Activation, small: Activation): readonly [TensorId, TensorId] {
  const rank = big.layout.axes.length;
  const own = padded(shapeOf(small.layout), rank);
  const axes = [...own.slice(0, rank - small.layout.axes.length).map(() => []), ...small.layout.axes];
  const keep = (axis: number): boolean => own[axis] !== 1;
  if (!sameLayout({ ...small.layout, axes }, restricted(big.layout, keep))) throw new Unsupported(REORDERED);
  if (own.every((d, i) => d === shapeOf(big.layout)[i]))
    return [big.id, net.shaped(small, net.build.shape(big.id))];
  const aligned = net.aligned(big);
  const shape = net.build.shape(aligned.id).map((size, i) => (own[aligned.axes[i] ?? -1] === 1 ? 1 : size));
  return [aligned.id, net.shaped(small, shape)];
}

function ofValues(net: Network, a: Activation, b: Activation): Operands {
  const [first, second] = [shapeOf(a.layout), shapeOf(b.layout)];
  const output = broadcastShape(first, second);
  if (output === undefined) throw new Unsupported('of shapes that cannot be broadcast together');
  if (equal(output, first)) return { inputs: broadcast(net, a, b), layout: a.layout };
  if (equal(output, second)) {
    const [big, small] = broadcast(net, b, a);
    return { inputs: [small, big], layout: b.layout };
  }
  if (!isPlain(a.layout) || !isPlain(b.layout)) throw new Unsupported(REORDERED);
  return { inputs: [net.shaped(a, first), net.shaped(b, second)], layout: plain(output) };
}

function operands(node: Node, net: Network): Operands {
  const [a, b] = [net.value(node, 0), net.value(node, 1)];
  if (isConstant(a)) {
    if (isConstant(b)) throw new Unsupported('of two constants');
    const { inputs, layout } = withConstant(net, b, net.floats(node, 0));
    return { inputs: [inputs[1], inputs[0]], layout };
  }
  return isConstant(b) ? withConstant(net, a, net.floats(node, 1)) : ofValues(net, a, b);
}

const elementwise =
  (kind: 'add' | 'sub' | 'mul'): Handler =>
  (node, net) => {
    const { inputs, layout } = operands(node, net);
    const { name, activation } = net.fuse(node.outputs[0] ?? '', clampOf);
    net.emit({ kind, name, inputs, activation }, () => layout);
  };

export const add = elementwise('add');
export const sub = elementwise('sub');
export const mul = elementwise('mul');
