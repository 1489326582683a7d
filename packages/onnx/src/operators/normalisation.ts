import type { Node } from '../graph';
import { shapeOf } from '../layout';
import type { Handler, Network } from '../network';
import { Unsupported } from '../problems';
import type { FloatConstant } from '../tensors';
import { clampOf } from './clamps';
import { placed } from './elementwise';

function perChannel(node: Node, net: Network, k: number, channels: number): FloatConstant {
  const constant = net.floats(node, k);
  if (constant.shape.length !== 1 || constant.floats.length !== channels)
    throw new Unsupported(
      `with ${constant.name} of the shape [${constant.shape.join(', ')}] for ${channels} channels`,
    );
  return constant;
}

/**
 * In its form for inference: y = scale · x + offset with scale = γ / √(variance + ε) and offset = β − mean · scale. Two layers
 * and not one convolution: folding them into the weights before is a pass of its own, which can be switched off.
 */
export const batchNormalization: Handler = (node, net) => {
  const input = net.activation(node, 0);
  const [, channels] = shapeOf(input.layout);
  if (channels === undefined) throw new Unsupported('of a value without channels');
  if (node.attributes.int('training_mode', 0) !== 0) throw new Unsupported('in training mode');
  if (node.attributes.int('spatial', 1) === 0) throw new Unsupported('that is not spatial');
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((k) => perChannel(node, net, k, channels).floats);
  const epsilon = node.attributes.float('epsilon', Math.fround(1e-5));
  // In double; each rounded to float32 once, when it becomes a constant.
  const scales = Array.from(
    { length: channels },
    (_, c) => (gamma?.[c] ?? 0) / Math.sqrt((variance?.[c] ?? 0) + epsilon),
  );
  const offsets = scales.map((scale, c) => (beta?.[c] ?? 0) - (mean?.[c] ?? 0) * scale);
  if (![...scales, ...offsets].every(Number.isFinite))
    throw new Unsupported('with a variance that is not positive');

  const output = node.outputs[0] ?? '';
  // One per channel, which is axis 1 whatever the rank.
  const shape = [channels, ...new Array<number>(input.layout.axes.length - 2).fill(1)];
  const constant = (what: string, values: readonly number[]): FloatConstant => ({
    name: `${output}/${what}`,
    shape,
    floats: Float32Array.from(values),
  });
  const scaled = placed(net, input, constant('scale', scales));
  const product = net.emit(
    { kind: 'mul', name: `${output}/scaled`, inputs: [scaled.value, scaled.constant], activation: 'none' },
    () => input.layout,
  );
  const { name, activation } = net.fuse(output, clampOf);
  const moved = placed(net, product, constant('offset', offsets));
  net.emit({ kind: 'add', name, inputs: [moved.value, moved.constant], activation }, () => input.layout);
};
