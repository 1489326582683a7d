import { compressWeights } from '@opq/core';
import type { Model } from '@opq/ir';
import {
  buildForwardGraph,
  finetune,
  finetuneSchema,
  inputStatistics,
  openEngine,
  optimiseInputs,
  syntheticDataset,
} from '../src';
import { addVariationGradient, rolled } from '../src/synthetic/prior';
import { writeTarget } from '../src/synthetic/targets';
import { dense } from './networks';
import { Builder } from './support/networks';

const CLASSES = 4;

/** Looks at images of 8 × 8 through a few convolutions. */
function network(): Model {
  const b = new Builder(7);
  const input = b.input([1, 8, 8, 1]);
  const conv = b.layer({
    kind: 'conv2d', name: 'conv', input, weights: b.constant([16, 3, 3, 1], 0.7), bias: b.constant([16], 0.3),
    stride: [2, 2], dilation: [1, 1], padding: { mode: 'same' }, activation: 'relu',
  }); // prettier-ignore
  const dense = b.layer(
    { kind: 'fullyConnected', name: 'dense', input: conv, weights: b.constant([CLASSES, 256], 0.25), activation: 'none' },
    [1, CLASSES],
  ); // prettier-ignore
  return b.finish(dense);
}

const RUN = { seed: 1, workers: 1, runtime: 'wasm' } as const;
const model = network();
const statistics = inputStatistics(model, { range: [0, 1] });
const start = (count: number, seed = 1) => syntheticDataset(statistics, { count, seed });

/** Largest outputs of samples, and how sure the network is of them. */
async function answers(of: Model, data: ReturnType<typeof start>) {
  const graph = buildForwardGraph(of, { batch: 1, parameters: 'baked' });
  const session = await openEngine('wasm').open(graph.onnx);
  const found: { best: number; sure: number }[] = [];
  for (let i = 0; i < data.count; i++) {
    const out = await session.run({ [graph.input.feed]: { data: data.sample(i), shape: graph.input.shape } }, [graph.logits.name]); // prettier-ignore
    const logits = [...out[graph.logits.name]!];
    const most = Math.max(...logits);
    const sum = logits.reduce((total, v) => total + Math.exp(v - most), 0);
    found.push({ best: logits.indexOf(most), sure: 1 / sum });
  }
  await session.close();
  return found;
}

describe('inputs that a network is sure of', () => {
  it('show every class as often, stay in range and are as smooth as asked', async () => {
    const before = await answers(model, start(40));
    const data = await optimiseInputs(model, start(40), statistics, RUN);
    const after = await answers(model, data);
    const hits = after.filter(({ best }, i) => best === i % CLASSES).length;
    expect(hits).toBeGreaterThan(before.filter(({ best }, i) => best === i % CLASSES).length);
    expect(hits).toBeGreaterThanOrEqual(36);
    for (let i = 0; i < data.count; i++)
      for (const v of data.sample(i)) expect(v >= 0 && v <= 1 + 1e-6).toBe(true);
  });

  it('do not depend on the workers, on others beside them, or on when they are made', async () => {
    const all = await optimiseInputs(model, start(70), statistics, { ...RUN, steps: 3 });
    const few = await optimiseInputs(model, start(33), statistics, { ...RUN, steps: 3, workers: 2 });
    for (const i of [0, 31, 32]) expect(few.sample(i)).toEqual(all.sample(i));
    const other = await optimiseInputs(model, start(33), statistics, { ...RUN, seed: 2, steps: 3 });
    // The scenes are the same: what differs is what the network is asked to answer.
    const differ = Array.from({ length: 33 }, (_, i) => i).filter((i) => other.sample(i).some((v, k) => v !== few.sample(i)[k])); // prettier-ignore
    expect(differ.length).toBeGreaterThan(5);
  });

  it('tell how far they are, and stop', async () => {
    const seen: number[] = [];
    await optimiseInputs(model, start(40), statistics, {
      ...RUN,
      steps: 2,
      progress: (done, total) => seen.push(done, total),
    });
    expect(seen).toEqual([1, 4, 2, 4, 3, 4, 4, 4]);
    await expect(
      optimiseInputs(model, start(4), statistics, { ...RUN, signal: AbortSignal.abort() }),
    ).rejects.toThrow();
  });

  it('need classes, and fit into memory', async () => {
    const one = dense([4, 1], 1);
    const known = inputStatistics(one, { range: [0, 1] });
    const data = syntheticDataset(known, { count: 4, seed: 1 });
    await expect(optimiseInputs(one, data, known, RUN)).rejects.toMatchObject({ code: 'OPQ1423' });
    await expect(optimiseInputs(model, start(2 ** 23), statistics, RUN)).rejects.toMatchObject({
      code: 'OPQ1422',
      message: '8388608 optimised inputs of this size do not go into memory together; 4194304 do.',
    });
  });
});

describe('finetuning on synthetic inputs', () => {
  it('agrees more with its teacher on inputs of another kind', async () => {
    const compression = compressWeights(model, { budget: { sparsity: 0.7, bits: 2 } });
    const data = await optimiseInputs(model, start(256), statistics, RUN);
    const options = finetuneSchema.parse({
      epochs: 8, batch: 32, learningRate: 0.05, quantiseActivations: false, runtime: 'wasm',
    }); // prettier-ignore
    const { compression: trained } = await finetune({
      original: model,
      compression,
      training: data,
      validation: start(64, 9),
      options,
    });
    const unseen = syntheticDataset(statistics, { count: 200, seed: 77, kind: 'coloured' });
    const teacher = await answers(model, unseen);
    const agreement = async (student: Model): Promise<number> =>
      (await answers(student, unseen)).filter(({ best }, i) => best === teacher[i]!.best).length;
    const [before, after] = [await agreement(compression.model), await agreement(trained.model)];
    expect(after).toBeGreaterThan(before);
  });
});

describe('what optimising is made of', () => {
  it('total variation has the gradient of its differences', () => {
    const layout = [3, 4, 2] as const;
    const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * 1.3));
    const total = (of: Float64Array | Float32Array): number => {
      let sum = 0;
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 4; x++)
          for (let c = 0; c < 2; c++) {
            const i = (y * 4 + x) * 2 + c;
            if (x < 3) sum += Math.hypot(of[i]! - of[i + 2]!, 0.05);
            if (y < 2) sum += Math.hypot(of[i]! - of[i + 8]!, 0.05);
          }
      return (3 * sum) / 24;
    };
    const gradient = new Float32Array(24);
    addVariationGradient(values, gradient, 3, layout);
    values.forEach((v, i) => {
      const [up, down] = [Float64Array.from(values), Float64Array.from(values)];
      up[i] = v + 1e-5;
      down[i] = v - 1e-5;
      expect(gradient[i]).toBeCloseTo((total(up) - total(down)) / 2e-5, 4);
    });
  });

  it('an image rolled there and back is itself', () => {
    const layout = [3, 5, 2] as const;
    const image = Float32Array.from({ length: 30 }, (_, i) => i);
    const [there, back] = [new Float32Array(30), new Float32Array(30)];
    rolled(image, there, layout, 1, -2);
    expect(there[0]).toBe((1 * 5 + 3) * 2);
    rolled(there, back, layout, -1, 2);
    expect(back).toEqual(image);
  });

  it('a target is a distribution whose likeliest class is the one whose turn it is', () => {
    for (let index = 0; index < 20; index++) {
      const target = new Float32Array(5);
      writeTarget(target, index, () => ((index * 7) % 20) / 20);
      expect(target.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(target.indexOf(Math.max(...target))).toBe(index % 5);
    }
  });
});
