import type { Node } from '../graph';
import type { Network } from '../network';
import { Unsupported } from '../problems';

/** An axis counted from either end, as counted from the start. @throws Unsupported */
export function axisOf(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(counted) || counted < 0 || counted >= Math.max(rank, 1))
    throw new Unsupported(`along axis ${axis} of ${rank}`);
  return counted;
}

/**
 * The axes of an operator that once had them as an attribute and later as its second input.
 * @param since opset from which on they are an input
 * @returns each once, ascending; undefined where none are given
 */
export function axesOf(node: Node, net: Network, since: number, rank: number): readonly number[] | undefined {
  const given = net.opset < since ? node.attributes.ints('axes') : net.integers(node, 1);
  if (given === undefined || given.length === 0) return undefined;
  const axes = given.map((axis) => axisOf(axis, rank));
  return [...new Set(axes)].sort((a, b) => a - b);
}
