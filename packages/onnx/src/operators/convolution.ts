import type { Node } from '../graph';
import { offsets } from '../layout';
import type { Handler, Network } from '../network';
import { Unsupported } from '../problems';
import type { FloatConstant } from '../tensors';
import { clampOf } from './clamps';
import { imageLayout, pairOf, sliding } from './windows';

/** [O, I, KH, KW]. */
type Kernel = readonly [outputs: number, inputs: number, height: number, width: number];

function kernelOf({ shape }: FloatConstant): Kernel {
  const [outputs, inputs, height, width, ...more] = shape;
  if (
    outputs === undefined ||
    inputs === undefined ||
    height === undefined ||
    width === undefined ||
    more.length > 0
  )
    throw new Unsupported(`with weights of ${shape.length} dimensions (four are supported)`);
  return [outputs, inputs, height, width];
}

function gathered(floats: Float32Array, sizes: readonly number[], strides: readonly number[]): Float32Array {
  return Float32Array.from(offsets(sizes, strides), (at) => floats[at] ?? 0);
}

/** OIHW as OHWI. */
const toOhwi = (weights: Float32Array, [o, i, h, w]: Kernel): Float32Array =>
  gathered(weights, [o, h, w, i], [i * h * w, w, 1, h * w]);

/** [O,1,KH,KW] as [1,KH,KW,O]. */
const toDepthwise = (weights: Float32Array, [o, , h, w]: Kernel): Float32Array =>
  gathered(weights, [h, w, o], [w, 1, h * w]);

function bias(net: Network, node: Node, outputs: number) {
  if (net.optional(node, 2) === undefined) return {};
  const constant = net.floats(node, 2);
  if (constant.floats.length !== outputs)
    throw new Unsupported(`with a bias of ${constant.floats.length} elements for ${outputs} channels`);
  return { bias: net.derive(constant, 'as it is', [outputs], (floats) => floats) };
}

export const convolution: Handler = (node, net) => {
  const { id, size, channels } = net.image(node, 0);
  const weights = net.floats(node, 1);
  const kernel = kernelOf(weights);
  const [outputs, perGroup, height, width] = kernel;
  const [statedHeight, statedWidth] = pairOf(node, 'kernel_shape', [height, width]);
  if (statedHeight !== height || statedWidth !== width)
    throw new Unsupported(
      `with weights of ${height}×${width} for a window of ${statedHeight}×${statedWidth}`,
    );
  const groups = node.attributes.int('group', 1);
  const depthwise = groups !== 1 && groups === channels && outputs % channels === 0;
  if (groups !== 1 && !depthwise)
    throw new Unsupported(`in ${groups} groups of ${channels} channels (1 or ${channels} are supported)`);
  if (perGroup * groups !== channels)
    throw new Unsupported(`with weights for ${perGroup * groups} input channels, not ${channels}`);
  const slides = sliding(node, size, [height, width]);
  const biased = bias(net, node, outputs);
  const { name, activation } = net.fuse(node.outputs[0] ?? '', clampOf);
  const base = { name, input: id, ...slides, activation, ...biased };
  if (depthwise) {
    const shape = [1, height, width, outputs];
    const table = net.derive(weights, 'depthwise', shape, (floats) => toDepthwise(floats, kernel));
    net.emit(
      { kind: 'depthwiseConv2d', ...base, weights: table, depthMultiplier: outputs / channels },
      imageLayout,
    );
  } else {
    const shape = [outputs, height, width, perGroup];
    const table = net.derive(weights, 'OHWI', shape, (floats) => toOhwi(floats, kernel));
    net.emit({ kind: 'conv2d', ...base, weights: table }, imageLayout);
  }
};
