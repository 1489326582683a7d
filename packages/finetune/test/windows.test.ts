import fc from 'fast-check';
import type { Activation, Pair } from '@opq/ir';
import { RUNTIMES } from './support/engines';
import { expectGradients } from './support/gradients';
import { convolution, fits, pool, type WindowedCase } from './support/networks';
import { buildTrainingGraph } from '../src';
import { SQUARE } from './support/gradients';
import { paddings, pair, upTo } from './support/windows';

const cases = (dilation: fc.Arbitrary<Pair>): fc.Arbitrary<WindowedCase> =>
  fc
    .record({
      seed: upTo(0, 1e6),
      image: fc.tuple(upTo(1, 8), upTo(1, 8), upTo(1, 4)),
      window: pair(1, 4),
      stride: pair(1, 3),
      dilation,
      padding: paddings(4),
      activation: fc.constantFrom<Activation>('none', 'relu', 'relu6'),
      channels: upTo(1, 4),
      bias: fc.boolean(),
    })
    .filter(fits);

const dilated = cases(fc.oneof(fc.constant<Pair>([1, 1]), pair(1, 3)));

describe.each(RUNTIMES)('layers with windows, %s', (runtime) => {
  const property = (arbitrary: fc.Arbitrary<WindowedCase>, check: (c: WindowedCase) => Promise<void>) =>
    fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: 60 });

  it('convolutions have the gradients of the reference', () =>
    property(dilated, (c) =>
      expectGradients(convolution(c, 'conv2d'), { runtime, seed: c.seed, spread: 4 }),
    ));

  it('convolutions of many channels have the gradients of the reference', () => {
    const many = dilated.map((c) => ({ ...c, image: [c.image[0], c.image[1], 16] as const, stride: [1, 1] as const })).filter(fits); // prettier-ignore
    return fc.assert(
      fc.asyncProperty(many, (c) =>
        expectGradients(convolution(c, 'conv2d'), { runtime, seed: c.seed, elements: 3, step: 1e-6 }),
      ),
      { numRuns: 40 },
    );
  });

  it('depthwise convolutions have the gradients of the reference', () =>
    property(dilated, (c) =>
      expectGradients(convolution(c, 'depthwiseConv2d'), { runtime, seed: c.seed, spread: 4 }),
    ));

  it.each(['averagePool2d', 'maxPool2d'] as const)('%s has the gradients of the reference', (kind) =>
    property(cases(fc.constant<Pair>([1, 1])), async (c) => {
      const model = pool(c, kind);
      const training = { batch: 2, loss: SQUARE };
      const emptyWindow = c.padding.mode === 'explicit' && hasEmptyWindow(c);
      if (emptyWindow) expect(() => buildTrainingGraph(model, training)).toThrow(/outside the image/);
      else await expectGradients(model, { runtime, seed: c.seed, spread: 8 });
    }),
  );
});

/** Counted pixel by pixel. */
function hasEmptyWindow({ image, window, stride, padding }: WindowedCase): boolean {
  if (padding.mode !== 'explicit') return false;
  const before = [padding.top, padding.left];
  const after = [padding.bottom, padding.right];
  return ([0, 1] as const).some((axis) => {
    for (let at = -before[axis]!; at + window[axis] <= image[axis] + after[axis]!; at += stride[axis]) {
      let inside = 0;
      for (let k = 0; k < window[axis]; k++) if (at + k >= 0 && at + k < image[axis]) inside++;
      if (inside === 0) return true;
    }
    return false;
  });
}
