import fc from 'fast-check';
import { compressWeights, quantiseActivations, type WeightCompression } from '@opq/core';
import type { Dataset } from '@opq/data';
import { random } from '@opq/ir/testing';
import type { Model } from '@opq/ir';
import { createFloatInterpreter, createRangeObserver } from '@opq/reference';
import {
  finetune,
  finetuneSchema,
  networkAccuracy,
  toFakeQuantisation,
  type CheckpointStore,
  type FinetuneInput,
} from '../src';
import { priceThatKeeps } from '../src/price';
import { dense } from './networks';

const INPUTS = 12;

/** Samples drawn from a few hidden factors, labelled by the network itself. */
function taught(model: Model, count: number, seed: number, labelled = true): Dataset {
  const r = random(seed);
  const network = createFloatInterpreter(model);
  const samples = Array.from({ length: count }, () =>
    Float32Array.from({ length: INPUTS }, () => r.real(-1, 1)),
  );
  const labels = samples.map((s) => {
    const [out = new Float32Array()] = network.run([s]);
    return out.indexOf(Math.max(...out));
  });
  return {
    count,
    shape: [INPUTS],
    sample: (i) => samples[i] as Float32Array,
    label: (i) => (labelled ? labels[i] : undefined),
  };
}

const model = dense([INPUTS, 24, 5], 5);
const training = taught(model, 256, 1);
const validation = taught(model, 200, 2);
const budget = { sparsity: 0.6, bits: 2 };
const compression = compressWeights(model, { budget });
const activations = (() => {
  const observer = createRangeObserver(compression.model);
  for (let i = 0; i < 64; i++) observer.observe(training.sample(i));
  return quantiseActivations(compression.model, observer.ranges);
})();

const request = (options: FinetuneInput = {}, checkpoints?: CheckpointStore) => ({
  original: model,
  compression,
  training,
  validation,
  activations,
  options: finetuneSchema.parse({ epochs: 4, batch: 32, runtime: 'wasm', learningRate: 0.05, ...options }),
  checkpoints,
});

const levelsOf = ({ weights }: WeightCompression) => weights.map((w) => Array.from(w.levels));

test.each(['distillation', 'labels', 'both', 'mse'] as const)(
  'a compressed network comes closer to its teacher: %s',
  async (loss) => {
    const { history, best } = await finetune(request({ loss, epochs: 12 }));
    const accuracies = history.map(({ validation }) => validation.accuracy!);
    expect(Math.max(...accuracies)).toBeGreaterThan(accuracies[0]! + 0.01);
    // Samples are few: the best epoch is the one with the smallest loss of those that are as good as the highest accuracy.
    expect(best.validation.loss).toBeLessThan(history[0]!.validation.loss);
    expect(history.at(-1)!.loss).toBeLessThan(history[1]!.loss!);
  },
);

test('masks, steps, scales and levels stay as compression set them, and every weight is on its codebook', async () => {
  const { compression: trained } = await finetune(request({ epochs: 3, weightDecay: 0.01 }));
  let moved = 0;
  trained.weights.forEach((w, n) => {
    const before = compression.weights[n]!;
    expect([w.step, w.scales, w.mask, w.pruned]).toEqual([before.step, before.scales, before.mask, before.pruned]);
    expect(before.codebook).toEqual(expect.arrayContaining([...w.codebook]));
    const channelSize = w.levels.length / w.largestLevels.length;
    w.levels.forEach((k, i) => {
      if (w.mask[i] === 0) expect(k).toBe(0);
      expect(Math.abs(k)).toBeLessThanOrEqual(w.largestLevels[Math.floor(i / channelSize)]!);
      if (k !== before.levels[i]) moved++;
    });
  });
  expect(moved).toBeGreaterThan(0);
}); // prettier-ignore

test('the same request gives the same network, whatever the number of workers', async () => {
  const [one, again, two] = [
    await finetune(request({ epochs: 2 })),
    await finetune(request({ epochs: 2 })),
    await finetune(request({ epochs: 2, workers: 2 })),
  ];
  expect(again.history).toEqual(one.history);
  expect(two.history).toEqual(one.history);
  expect(levelsOf(two.compression)).toEqual(levelsOf(one.compression));
  const other = await finetune(request({ epochs: 2, seed: 9 }));
  expect(other.history).not.toEqual(one.history);
});

test.each([0, 0.95])(
  'stopped at any step and resumed, a run ends as if it had not been stopped: average %d',
  async (average) => {
    const whole = await finetune(request({ average }));
    const steps = 4 * 8;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: steps - 1 }), async (stopAt) => {
        let kept: Uint8Array | undefined;
        const store: CheckpointStore = { read: () => kept, write: (bytes) => (kept = bytes) };
        const controller = new AbortController();
        let step = 0;
        const stopped = finetune(request({ average }, store), {
          signal: controller.signal,
          progress: () => {
            if (++step === stopAt) controller.abort();
          },
        });
        await expect(stopped).rejects.toMatchObject({ code: 'OPQ0814' });
        const resumed = await finetune(request({ average }, store));
        expect(resumed.history).toEqual(whole.history);
        expect(levelsOf(resumed.compression)).toEqual(levelsOf(whole.compression));
      }),
      { numRuns: 5 },
    );
  },
);

test('what is kept is the average of what training came to', async () => {
  const [last, mean, long] = await Promise.all(
    [0, 0.95, 0.999].map(async (average) => finetune(request({ average, epochs: 3, schedule: 'constant', learningRate: 0.2 }))),
  );
  // Averaging changes nothing in what is trained.
  expect(mean!.history.map(({ loss }) => loss)).toEqual(last!.history.map(({ loss }) => loss));
  expect(mean!.history.map(({ validation }) => validation.loss)).not.toEqual(last!.history.map(({ validation }) => validation.loss));
  const least = ({ history }: typeof mean & object) => Math.min(...history.slice(1).map(({ validation }) => validation.loss));
  expect(Math.min(least(mean!), least(long!))).toBeLessThan(least(last!));
}); // prettier-ignore

test('an average looks back over epochs', async () => {
  const after = async (average: number) =>
    (await finetune(request({ average, batch: 256, epochs: 24, schedule: 'constant', learningRate: 0.3 }))).history.at(-1)!.validation.loss;
  // One step an epoch: 1 / 11 is what the first step of a run keeps of the start.
  const [long, first, none] = [await after(0.9999), await after(1 / 11), await after(0)];
  expect(Math.abs(long - none)).toBeGreaterThan(2 * Math.abs(first - none));
}); // prettier-ignore

test('what comes back is the network that its record is of, an average too', async () => {
  for (const average of [0, 0.97]) {
    const { best, compression: kept } = await finetune(request({ average, schedule: 'constant', learningRate: 0.2 }));
    expect(best.epoch).toBeGreaterThan(0);
    expect(kept.totals.bytes.flash).toBe(best.bytes);
    const accuracy = await networkAccuracy({ model: kept.model, data: validation, runtime: 'wasm', fakeQuantisation: toFakeQuantisation(activations) });
    expect(accuracy).toBeCloseTo(best.validation.accuracy!, 9);
  }
}); // prettier-ignore

test('the best epoch is chosen by what the network answers, whatever its layers do', async () => {
  const [without, beside] = [await finetune(request({ epochs: 1 })), await finetune(request({ epochs: 1, layerLoss: 9 }))];
  expect(beside.history[0]).toEqual(without.history[0]);
  expect(beside.history[1]!.loss).toBeGreaterThan(without.history[1]!.loss! + 0.1);
}); // prettier-ignore

test('a checkpoint of other settings or a damaged one is refused, not gone on from', async () => {
  let kept: Uint8Array | undefined;
  const store: CheckpointStore = { read: () => kept, write: (bytes) => (kept = bytes) };
  await finetune(request({ epochs: 1 }, store));
  await expect(finetune(request({ epochs: 1, seed: 7 }, store))).rejects.toMatchObject({ code: 'OPQ1404' });
  const others = taught(model, training.count, 99);
  await expect(finetune({ ...request({ epochs: 1 }, store), training: others })).rejects.toMatchObject({ code: 'OPQ1404' });
  const whole = kept!;
  for (const damaged of [whole.slice(0, 100), whole.map((b, i) => (i === whole.length >> 1 ? b ^ 1 : b)), new Uint8Array()]) {
    kept = damaged;
    await expect(finetune(request({ epochs: 1 }, store))).rejects.toMatchObject({ code: 'OPQ1404' });
  }
}); // prettier-ignore

test('an epoch over the budget is never the best, whatever its accuracy', async () => {
  const { best, history } = await finetune({ ...request(), fits: (c) => c === compression || !moved(c) });
  expect(history.slice(1).some(({ fits }) => !fits)).toBe(true);
  expect(best.fits).toBe(true);
});

const moved = (c: WeightCompression): boolean =>
  c.weights.some((w, n) => w.levels.some((k, i) => k !== compression.weights[n]!.levels[i]));

test('bits become dearer where weights would take too many bytes, and every epoch keeps to the limit', async () => {
  const wide = dense([INPUTS, 240, 5], 6);
  const small = compressWeights(wide, { budget: { sparsity: 0.8, bits: 3 } });
  const own = {
    ...request({ epochs: 6, learningRate: 0.2, quantiseActivations: false }),
    original: wide,
    compression: small,
    training: taught(wide, 256, 1),
    validation: taught(wide, 200, 2),
  };
  const free = await finetune(own);
  const limit = Math.min(...free.history.map(({ bytes }) => bytes)) - 4;
  const kept = await finetune({ ...own, weightBytes: limit, fits: (c) => c.totals.bytes.flash <= limit });
  for (const { bytes } of kept.history.slice(1)) expect(bytes).toBeLessThanOrEqual(limit);
  expect(kept.best.epoch).toBeGreaterThan(0);
  expect(kept.history.some(({ bitPrice }) => bitPrice > 0)).toBe(true);
});

test('a price rises until the limit is kept and falls when it is kept too easily', () => {
  expect(priceThatKeeps(0, () => true)).toBe(0);
  expect(priceThatKeeps(0.1, () => true)).toBeCloseTo(0.08);
  expect(priceThatKeeps(0.1, (p) => p >= 0.09)).toBe(0.1);
  const raised = priceThatKeeps(0, (p) => p >= 0.05);
  expect(raised).toBeGreaterThanOrEqual(0.05);
  expect(raised).toBeLessThan(0.05 * 1.26);
  expect(priceThatKeeps(0.002, () => true)).toBe(0);
  for (const from of [0, 1, 100]) expect(priceThatKeeps(from, () => false)).toBe(100);
});

test('training ends when nothing has become better for long enough', async () => {
  const { early, history } = await finetune(request({ epochs: 50, patience: 2, learningRate: 1e-9 }));
  expect(early).toBe(true);
  expect(history.length).toBeLessThan(10);
});

test('labels that are missing, too few samples, a loss that is no number: each has its error', async () => {
  const unlabelled = taught(model, 64, 3, false);
  await expect(finetune({ ...request({ loss: 'labels' }), training: unlabelled })).rejects.toMatchObject({ code: 'OPQ1406' });
  await expect(finetune(request({ batch: 1000 }))).rejects.toMatchObject({ code: 'OPQ1405' });
  const nowhere: Dataset = { ...training, sample: () => new Float32Array(INPUTS).fill(NaN) };
  await expect(finetune({ ...request(), training: nowhere })).rejects.toMatchObject({ code: 'OPQ1403' });
}); // prettier-ignore

test('accuracy through the runtime is the share of samples the interpreter gets right', async () => {
  const network = createFloatInterpreter(compression.model);
  let right = 0;
  for (let i = 0; i < validation.count; i++) {
    const [out = new Float32Array()] = network.run([validation.sample(i)]);
    if (out.indexOf(Math.max(...out)) === validation.label(i)) right++;
  }
  const accuracy = await networkAccuracy({ model: compression.model, data: validation, runtime: 'wasm' });
  expect(accuracy).toBeCloseTo(right / validation.count, 10);
});
