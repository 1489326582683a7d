import { randomStream, type Dataset } from '@opq/data';
import { dataErrors } from '@opq/errors';
import { elementCount } from '@opq/ir';
import { marginalOf } from './marginal';
import { colouredField, sceneField, whiteField } from './scenes';
import type { InputStatistics } from './statistics';

/** `white`: neighbours independent; `coloured`: amplitude 1 / frequency; `scenes`: shapes on coloured noise. */
export const DRAWN_KINDS = ['white', 'coloured', 'scenes'] as const;
/** One of `DRAWN_KINDS`. */
export type DrawnKind = (typeof DRAWN_KINDS)[number];

/** How many inputs are drawn, and how they look. */
export interface SyntheticOptions {
  /** Number of samples. */
  readonly count: number;
  /** Decides every sample, together with its index. */
  readonly seed: number;
  /** `scenes` unless given. Without a layout of an image all are `white`. */
  readonly kind?: DrawnKind;
}

/** Numbers of drawn samples that are kept for the next time they are asked for. */
const KEPT = 2 ** 24;

/**
 * Inputs drawn from nothing but statistics: range, mean and deviation hold over many samples, and neighbours are related as those of
 * pictures are. A sample depends on the seed and its index alone and is drawn when it is asked for. No labels: the network teaches.
 */
export function syntheticDataset(statistics: InputStatistics, options: SyntheticOptions): Dataset {
  const { shape, lowest, highest, mean, deviation, layout } = statistics;
  const { count, seed, kind = 'scenes' } = options;
  const length = elementCount(shape);
  const marginals = Array.from({ length: Math.max(mean.length, deviation.length) }, (_, i) =>
    marginalOf(mean[i % mean.length] ?? 0, deviation[i % deviation.length] ?? 1, lowest, highest),
  );
  const draw = (index: number): Float32Array => {
    const uniform = randomStream('synthetic', seed, 0, index);
    const field =
      layout === undefined || kind === 'white'
        ? whiteField(layout ?? [1, length, 1], uniform)
        : kind === 'coloured'
          ? colouredField(layout, 1, uniform)
          : sceneField(layout, uniform);
    return field.map((z, i) => {
      const { centre, spread } = marginals[i % marginals.length] ?? { centre: 0, spread: 1 };
      return Math.min(highest, Math.max(lowest, centre + spread * z));
    });
  };
  const kept = new Map<number, Float32Array>();
  return {
    count,
    shape,
    sample(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count)
        throw dataErrors.noSample('The synthetic data', index, count);
      const known = kept.get(index);
      if (known !== undefined) return known.slice();
      const sample = draw(index);
      if ((kept.size + 1) * length <= KEPT) kept.set(index, sample.slice());
      return sample;
    },
    label: () => undefined,
  };
}
