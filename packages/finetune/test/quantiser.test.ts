import fc from 'fast-check';
import { compressWeights, layerWeights } from '@opq/core';
import { tensorOf } from '@opq/ir';
import { evenly } from '../../../tools/testing';
import { freezeQuantiser } from '../src/quantiser';
import { dense } from './networks';

const compressed = (seed: number, sparsity: number, bits: number) => {
  const model = dense([12, 20, 6], seed);
  const compression = compressWeights(model, { budget: { sparsity, bits } });
  return { model, compression, views: layerWeights(model) };
};

const settings = [fc.nat(10_000), evenly(0, 0.9), evenly(1, 6)] as const;

test('without a price a value has the nearest of its levels', () => {
  fc.assert(
    fc.property(...settings, evenly(-9, 9), (seed, sparsity, bits, value) => {
      const { compression, views } = compressed(seed, sparsity, bits);
      const wrong: number[] = [];
      compression.weights.forEach((w, n) => {
        const view = views[n]!;
        const quantiser = freezeQuantiser(w, view);
        quantiser.survivors.forEach((index, i) => {
          const channel = Math.floor(index / view.fanIn);
          const allowed = w.codebook.filter(
            (k) => Math.abs(k) >= w.smallestLevel && Math.abs(k) <= w.largestLevels[channel]!,
          );
          const level = quantiser.levelOf(i, value);
          if (allowed.length === 0) {
            if (level !== 0) wrong.push(index);
          } else {
            const farther = allowed.filter((k) => Math.abs(value - k) < Math.abs(value - level) - 1e-9);
            if (farther.length > 0 || !allowed.includes(level)) wrong.push(index);
          }
        });
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('with a price a value has the level of least squared distance plus price', () => {
  fc.assert(
    fc.property(...settings, evenly(0, 2), evenly(-9, 9), (seed, sparsity, bits, price, value) => {
      const { compression, views } = compressed(seed, sparsity, bits);
      const [w] = compression.weights;
      const [view] = views;
      if (w === undefined || view === undefined) return;
      const quantiser = freezeQuantiser(w, view);
      quantiser.setBitPrice(price);
      const wrong: number[] = [];
      const survivors = Array.from(quantiser.survivors, (i) => w.levels[i]!);
      const cost = (k: number) =>
        (value - k) ** 2 -
        price * Math.log2(Math.max(1, survivors.filter((s) => s === k).length) / Math.max(1, survivors.length));
      quantiser.survivors.forEach((index, i) => {
        const channel = Math.floor(index / view.fanIn);
        const allowed = w.codebook.filter(
          (k) => Math.abs(k) >= w.smallestLevel && Math.abs(k) <= w.largestLevels[channel]!,
        );
        const level = quantiser.levelOf(i, value);
        if (allowed.some((k) => cost(k) < cost(level) - 1e-9)) wrong.push(index);
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
}); // prettier-ignore

test('a value put within a cell has its level, and is the wanted one where that is deep inside', () => {
  fc.assert(
    fc.property(...settings, evenly(-20, 20), (seed, sparsity, bits, wanted) => {
      const { compression, views } = compressed(seed, sparsity, bits);
      const wrong: number[] = [];
      compression.weights.forEach((w, n) => {
        const quantiser = freezeQuantiser(w, views[n]!);
        quantiser.survivors.forEach((index, i) => {
          const level = w.levels[index]!;
          const value = quantiser.within(i, level, wanted);
          const deep = [-0.251, 0.251].every((d) => quantiser.levelOf(i, wanted + d) === level);
          if (quantiser.levelOf(i, value) !== level || (deep && value !== wanted)) wrong.push(index);
        });
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
}); // prettier-ignore

test('scales are those of the compression, survivors those of the mask', () => {
  const { compression, model } = compressed(3, 0.5, 3);
  const [w] = compression.weights;
  const quantiser = freezeQuantiser(w!, layerWeights(model)[0]!);
  expect(quantiser.survivors).toHaveLength(w!.levels.length - w!.pruned);
  const real = tensorOf(compression.model, w!.tensor).data as Float32Array;
  quantiser.survivors.forEach((index, i) =>
    expect(Math.fround(w!.levels[index]! * quantiser.scales[i]!)).toBe(real[index]),
  );
});
