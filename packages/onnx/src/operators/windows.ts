import { dilatedExtent, resolvePadding, type Padding, type Pair } from '@opq/ir';
import type { Node } from '../graph';
import { stored, type Layout } from '../layout';
import { Unsupported } from '../problems';

/** How a window slides over an image. */
export interface Sliding {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** An attribute of two positive integers, vertical and horizontal. */
export function pairOf(node: Node, name: string, fallback?: Pair): Pair {
  const ints = node.attributes.ints(name) ?? fallback;
  const [vertical, horizontal] = ints ?? [];
  if (vertical === undefined || horizontal === undefined || ints?.length !== 2)
    throw new Unsupported(`with ${name} of ${ints?.length ?? 0} numbers (two are supported)`);
  if (!(vertical > 0) || !(horizontal > 0))
    throw new Unsupported(`with ${name} of ${vertical}×${horizontal}`);
  return [vertical, horizontal];
}

/** Explicit pads in their plainest form: none as `valid`, TensorFlow's as `same`. */
function plainest(
  [top, left, bottom, right]: readonly [number, number, number, number],
  ...window: readonly [input: Pair, kernel: Pair, stride: Pair, dilation: Pair]
): Padding {
  if ([top, left, bottom, right].every((pad) => pad === 0)) return { mode: 'valid' };
  const same = resolvePadding({ mode: 'same' }, ...window);
  return same.top === top && same.left === left && same.bottom === bottom && same.right === right
    ? { mode: 'same' }
    : { mode: 'explicit', top, left, bottom, right };
}

/** Strides, dilations, auto_pad and pads of a convolution or pool. @param kernel [KH, KW] @throws Unsupported */
export function sliding(node: Node, input: Pair, kernel: Pair): Sliding {
  const stride = pairOf(node, 'strides', [1, 1]);
  const dilation = pairOf(node, 'dilations', [1, 1]);
  const auto = node.attributes.text('auto_pad', 'NOTSET');
  const window = [input, kernel, stride, dilation] as const;
  switch (auto) {
    case 'VALID':
      return { stride, dilation, padding: { mode: 'valid' } };
    case 'SAME_UPPER':
      return { stride, dilation, padding: { mode: 'same' } };
    case 'SAME_LOWER': {
      // As TensorFlow's, but with the odd row or column before the image.
      const { top, left, bottom, right } = resolvePadding({ mode: 'same' }, ...window);
      return { stride, dilation, padding: plainest([bottom, right, top, left], ...window) };
    }
    case 'NOTSET':
    case '': {
      const [top = 0, left = 0, bottom = 0, right = 0, ...more] = node.attributes.ints('pads') ?? [];
      if (more.length > 0) throw new Unsupported(`with ${4 + more.length} pads (four are supported)`);
      return { stride, dilation, padding: plainest([top, left, bottom, right], ...window) };
    }
    default:
      throw new Unsupported(`with auto_pad ${auto}`);
  }
}

/** Does the last window reach beyond the padded image, so that rounding up gives one more? */
export function isRagged({ stride, dilation, padding }: Sliding, input: Pair, kernel: Pair): boolean {
  const p = resolvePadding(padding, input, kernel, stride, dilation);
  const over = (extent: number, i: 0 | 1): boolean =>
    (extent - dilatedExtent(kernel[i], dilation[i])) % stride[i] !== 0;
  return over(input[0] + p.top + p.bottom, 0) || over(input[1] + p.left + p.right, 1);
}

/** Layout of an NCHW image in a tensor [1,H,W,C]. */
export function imageLayout([batch = 1, height = 1, width = 1, channels = 1]: readonly number[]): Layout {
  return stored([batch, channels, height, width], [0, 2, 3, 1]);
}
