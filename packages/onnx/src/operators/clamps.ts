import type { Activation as Fused } from '@opq/ir';
import type { Node } from '../graph';
import type { Handler, Network } from '../network';
import { Unsupported } from '../problems';

/** What exporters write for "no upper bound". */
const LARGEST = 3.4028234e38;

/** A bound of Clip: an attribute before opset 11, then a constant input. */
function bound(node: Node, net: Network, name: 'min' | 'max', k: number, none: number): number | undefined {
  if (net.opset < 11) return node.attributes.float(name, none);
  const given = node.inputs[k] ?? '';
  if (given === '') return none;
  const value = net.constantNamed(given);
  return value !== undefined && 'floats' in value ? value.floats[0] : undefined;
}

/** The activation that Relu or Clip stands for; undefined for any other operator, and for other bounds. */
export function clampOf(node: Node, net: Network): Fused | undefined {
  if (node.op === 'Relu') return 'relu';
  if (node.op !== 'Clip') return undefined;
  const min = bound(node, net, 'min', 1, -Infinity);
  const max = bound(node, net, 'max', 2, Infinity);
  if (min !== 0 || max === undefined) return undefined;
  return max === 6 ? 'relu6' : max >= LARGEST ? 'relu' : undefined;
}

export const clamp: Handler = (node, net) => {
  const kind = clampOf(node, net);
  const { id, layout } = net.activation(node, 0);
  if (kind === undefined || kind === 'none') throw new Unsupported('to other bounds than 0…6 and 0…∞');
  net.emit({ kind, name: node.outputs[0] ?? '', input: id }, () => layout);
};

export const sigmoid: Handler = (node, net) => {
  const { id, layout } = net.activation(node, 0);
  net.emit({ kind: 'logistic', name: node.outputs[0] ?? '', input: id }, () => layout);
};
