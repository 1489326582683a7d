import { elementCount, tensorOf, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { weightedChain } from '../../core/test/graphs';

export { laplaceNetwork } from '../../core/test/networks';

/** Convolutions, depthwise and dense layers with pools, pads and branches between them. */
export const chain = (seed: number): Model => weightedChain(seed, { norms: false });

/** Inputs whose elements hang together: a few hidden factors mixed, plus some noise and a mean. */
export function correlatedSamples(model: Model, count: number, seed: number): readonly Float32Array[] {
  const r = random(seed);
  const size = elementCount(tensorOf(model, model.inputs[0]!).shape);
  const factors = 3;
  const mix = Array.from({ length: size * factors }, () => r.real(-1, 1));
  const mean = Array.from({ length: size }, () => r.real(-0.5, 1));
  return Array.from({ length: count }, () => {
    const hidden = Array.from({ length: factors }, () => r.real(-1, 1));
    return Float32Array.from({ length: size }, (_, i) =>
      hidden.reduce((sum, h, f) => sum + h * mix[i * factors + f]!, mean[i]! + r.real(-0.1, 0.1)),
    );
  });
}
