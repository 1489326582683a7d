import { resolvePadding } from '@opq/ir';
import { shapeOf, stored } from '../layout';
import type { Handler, Network } from '../network';
import type { Node } from '../graph';
import { Unsupported } from '../problems';
import { clampOf } from './clamps';
import { axesOf } from './operands';
import { imageLayout, isRagged, pairOf, sliding } from './windows';

function pool(node: Node, net: Network, kind: 'averagePool2d' | 'maxPool2d'): void {
  const { id, size } = net.image(node, 0);
  const window = pairOf(node, 'kernel_shape');
  const slides = sliding(node, size, window);
  const { stride, dilation, padding } = slides;
  if (dilation[0] !== 1 || dilation[1] !== 1) throw new Unsupported('with dilations');
  if (node.attributes.int('ceil_mode', 0) !== 0 && isRagged(slides, size, window))
    throw new Unsupported('with ceil_mode, where it makes a difference');
  const { top, left, bottom, right } = resolvePadding(padding, size, window, stride);
  if (Math.max(top, bottom) >= window[0] || Math.max(left, right) >= window[1])
    throw new Unsupported('with a padding as wide as its window');
  const counted = kind === 'averagePool2d' && node.attributes.int('count_include_pad', 0) !== 0;
  if (counted && top + left + bottom + right > 0)
    throw new Unsupported('with count_include_pad over a padding');
  const { name, activation } = net.fuse(node.outputs[0] ?? '', clampOf);
  net.emit({ kind, name, input: id, window, stride, padding, activation }, imageLayout);
}

export const averagePool: Handler = (node, net) => pool(node, net, 'averagePool2d');
export const maxPool: Handler = (node, net) => pool(node, net, 'maxPool2d');

export const globalMaxPool: Handler = (node, net) => {
  const { id, size } = net.image(node, 0);
  const { name, activation } = net.fuse(node.outputs[0] ?? '', clampOf);
  const padding = { mode: 'valid' } as const;
  net.emit(
    { kind: 'maxPool2d', name, input: id, window: size, stride: [1, 1], padding, activation },
    imageLayout,
  );
};

export const globalAveragePool: Handler = (node, net) => {
  const { id } = net.image(node, 0);
  net.emit(
    { kind: 'mean', name: node.outputs[0] ?? '', input: id, axes: [1, 2], keepDims: true },
    imageLayout,
  );
};

export const reduceMean: Handler = (node, net) => {
  const value = net.activation(node, 0);
  const name = node.outputs[0] ?? '';
  const shape = shapeOf(value.layout);
  const given = axesOf(node, net, 18, shape.length);
  if (given === undefined && node.attributes.int('noop_with_empty_axes', 0) !== 0)
    return net.define(name, { ...value, name });
  const axes = new Set(given ?? shape.map((_, i) => i));
  const keepDims = node.attributes.int('keepdims', 1) !== 0;
  const { order, id } = net.aloneByAxis(value);
  const reduced = order.flatMap((axis, i) => (axes.has(axis) ? [i] : []));
  const left = shape.map((_, i) => i).filter((axis) => keepDims || !axes.has(axis));
  const layout = stored(
    left.map((axis) => (axes.has(axis) ? 1 : (shape[axis] ?? 1))),
    order.flatMap((axis) => (left.includes(axis) ? [left.indexOf(axis)] : [])),
  );
  net.emit({ kind: 'mean', name, input: id, axes: reduced, keepDims }, () => layout);
};
