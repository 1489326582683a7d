import fc from 'fast-check';
import { createBatches } from '@opq/data';
import { evenly } from '../../../tools/testing';
import { withQuantisation } from './support/quantised-input';
import { DRAWN_KINDS, inputStatistics, syntheticDataset, type InputStatistics } from '../src';
import { censoredMoments, marginalOf } from '../src/synthetic/marginal';
import { dense } from './networks';
import { Builder } from './support/networks';

const image = (shape: readonly number[]) => {
  const b = new Builder(1);
  return b.finish(b.layer({ kind: 'relu', name: 'relu', input: b.input([1, ...shape]) }));
};
const RANGE = [0, 255] as const;

/** Mean, deviation, least and greatest of all values of the samples. */
function moments(statistics: InputStatistics, kind: (typeof DRAWN_KINDS)[number], count: number) {
  const data = syntheticDataset(statistics, { count, seed: 3, kind });
  const values = Array.from({ length: count }, (_, i) => [...data.sample(i)]).flat();
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(square),
    lowest: values.reduce((a, b) => Math.min(a, b)),
    highest: values.reduce((a, b) => Math.max(a, b)),
  };
}

describe('what is known of an input', () => {
  it('is the range of an int8 input, whose mean is 0 where 0 is inside', () =>
    expect(inputStatistics(withQuantisation(image([4, 4, 1]), 0.5, 0))).toMatchObject({
      lowest: -64,
      highest: 63.5,
      mean: [0],
      layout: [4, 4, 1],
    }));

  it('has its mean in the middle of a range that begins at 0', () =>
    expect(inputStatistics(image([4, 4, 1]), { range: RANGE })).toMatchObject({
      mean: [127.5],
      deviation: [63.75],
    }));

  it('takes a mean for each channel or column', () => {
    expect(inputStatistics(image([4, 5, 3]), { range: RANGE, mean: [1, 2, 3] }).mean).toEqual([1, 2, 3]);
    expect(inputStatistics(image([4, 5, 1]), { range: RANGE, mean: [1, 2, 3, 4, 5] }).mean).toHaveLength(5);
  });

  it('sees an image in a flat input only where it is told', () => {
    const model = dense([12, 3], 1);
    expect(inputStatistics(model, { range: RANGE }).layout).toBeUndefined();
    expect(inputStatistics(model, { range: RANGE, layout: [2, 6, 1] }).layout).toEqual([2, 6, 1]);
  });

  it('is an error where nothing says the range', () =>
    expect(() => inputStatistics(image([4, 4, 1]))).toThrow(
      expect.objectContaining({
        code: 'OPQ1420',
        message:
          'Nothing says which values the input of test takes: it is no int8 input, whose scale would say it.',
      }),
    ));

  it.each([
    ['a range upside down', { range: [1, 0] as const }, 'no range of values'],
    ['a mean outside', { range: RANGE, mean: [300] }, 'is not inside 0 to 255'],
    [
      'a deviation no such values have',
      { range: RANGE, mean: [10], deviation: [60] },
      'cannot deviate by 60',
    ],
    ['no deviation', { range: RANGE, deviation: [0] }, 'cannot deviate by 0'],
    ['as many means as nothing has', { range: RANGE, mean: [1, 2] }, '2 numbers for the mean do not fit'],
    ['a layout of another size', { range: RANGE, layout: [3, 3, 1] }, 'does not hold the 16 numbers'],
  ])('is an error for %s', (_, known, words) =>
    expect(() => inputStatistics(image([4, 4, 1]), known)).toThrow(
      expect.objectContaining({ code: 'OPQ1421', message: expect.stringContaining(words) }),
    ),
  );
});

describe('the cut-off Gaussian', () => {
  it('has the mean and deviation it was made for', () =>
    fc.assert(
      fc.property(
        evenly(0.05, 0.95),
        evenly(0.05, 0.9),
        evenly(-100, 100),
        fc.double({ min: 0.1, max: 1000, noNaN: true }),
        (place, share, lowest, width) => {
          const mean = lowest + place * width;
          const deviation = share * width * Math.sqrt(place * (1 - place));
          const found = censoredMoments(marginalOf(mean, deviation, lowest, lowest + width), lowest, lowest + width); // prettier-ignore
          expect(Math.abs(found.mean - mean)).toBeLessThan(1e-3 * width);
          expect(Math.abs(found.deviation - deviation)).toBeLessThan(1e-3 * width);
        },
      ),
      { numRuns: 30 },
    ));
});

describe.each(DRAWN_KINDS)('inputs drawn as %s', (kind) => {
  it.each([
    ['photographs', { range: RANGE, mean: [120], deviation: [64] }, 0.08],
    ['digits', { range: [0, 1] as const, mean: [0.1307], deviation: [0.3081] }, 0.08],
  ])('keep range, mean and deviation of %s', (_, known, within) => {
    const statistics = inputStatistics(image([16, 16, 3]), known);
    const found = moments(statistics, kind, 250);
    const width = statistics.highest - statistics.lowest;
    expect(found.lowest).toBeGreaterThanOrEqual(statistics.lowest);
    expect(found.highest).toBeLessThanOrEqual(statistics.highest);
    expect(Math.abs(found.mean - known.mean[0]!) / width).toBeLessThan(within / 2);
    expect(Math.abs(found.deviation - known.deviation[0]!) / width).toBeLessThan(within / 2);
  });

  it('are the same for a seed and index, in any order, however often', () => {
    const statistics = inputStatistics(image([8, 8, 3]), { range: RANGE });
    const open = (seed: number) => syntheticDataset(statistics, { count: 6, seed, kind });
    const [once, again, other] = [open(1), open(1), open(2)];
    const last = once.sample(5);
    again.sample(0).fill(0);
    expect(again.sample(0)).toEqual(once.sample(0));
    expect(again.sample(5)).toEqual(last);
    expect(other.sample(5)).not.toEqual(last);
    expect(once.sample(4)).not.toEqual(last);
  });
});

/** Slope of log amplitude over log frequency along the rows of one-channel samples. */
function slopeOf(kind: (typeof DRAWN_KINDS)[number]): number {
  const n = 32;
  const statistics = inputStatistics(image([n, n, 1]), { range: [-1000, 1000], deviation: [10] });
  const data = syntheticDataset(statistics, { count: 40, seed: 1, kind });
  const power = new Float64Array(n / 2);
  for (let s = 0; s < data.count; s++) {
    const sample = data.sample(s);
    // Mean over rows: leaves the waves along columns alone, whose frequency is then that of the column.
    const profile = Array.from({ length: n }, (_, x) =>
      Array.from({ length: n }, (__, y) => sample[y * n + x]!).reduce((a, b) => a + b, 0),
    );
    for (let k = 1; k < n / 2; k++) {
      const [re, im] = [Math.cos, Math.sin].map((wave) =>
        profile.reduce((sum, v, x) => sum + v * wave((2 * Math.PI * k * x) / n), 0),
      );
      power[k]! += re! ** 2 + im! ** 2;
    }
  }
  const points = Array.from({ length: n / 2 - 1 }, (_, i) => [Math.log(i + 1), Math.log(power[i + 1]!) / 2] as const); // prettier-ignore
  const [mx, my] = [0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis]!, 0) / points.length);
  return (
    points.reduce((sum, [x, y]) => sum + (x - mx!) * (y - my!), 0) /
    points.reduce((sum, [x]) => sum + (x - mx!) ** 2, 0)
  );
}

describe('the spectrum', () => {
  it('of white noise is flat', () => expect(Math.abs(slopeOf('white'))).toBeLessThan(0.15));
  it('of coloured noise falls as 1 / frequency', () => expect(Math.abs(slopeOf('coloured') + 1)).toBeLessThan(0.15)); // prettier-ignore
  it('of scenes falls too', () => expect(slopeOf('scenes')).toBeLessThan(-0.8));
});

describe('synthetic data', () => {
  const data = syntheticDataset(inputStatistics(image([4, 4, 3]), { range: RANGE }), { count: 4, seed: 1 });

  it('has channels that go along with each other, as colours do', () => {
    const many = syntheticDataset(inputStatistics(image([8, 8, 3]), { range: RANGE }), { count: 100, seed: 1, kind: 'coloured' }); // prettier-ignore
    let [both, one] = [0, 0];
    for (let i = 0; i < 100; i++)
      many.sample(i).forEach((v, k, all) => {
        if (k % 3 !== 0) return;
        both += (v - 127.5) * (all[k + 1]! - 127.5);
        one += (v - 127.5) ** 2;
      });
    expect(both / one).toBeGreaterThan(0.75);
    expect(both / one).toBeLessThan(0.99);
  });

  it('has no labels and fits batches', () => {
    const [batch] = createBatches(data, { size: 4, seed: 1, epoch: 0 });
    expect(batch).toMatchObject({ labels: undefined });
    expect(batch!.inputs).toHaveLength(4 * 48);
  });

  it('says which samples there are', () =>
    expect(() => data.sample(4)).toThrow(expect.objectContaining({ code: 'OPQ0408' })));
});
