import { cortexM } from '@opq/backend-cortex-m';
import type { Dataset } from '@opq/data';
import { assertModel, elementCount, isWeighted, ModelAssembler, tensorOf, writeCompressedModel, type Model } from '@opq/ir'; // prettier-ignore
import { generateModel, random } from '@opq/ir/testing';
import { createFloatInterpreter, createIntegerInterpreter, quantiseInput } from '@opq/reference';
import { findTarget } from '@opq/targets';
import { bytesBesidesWeights, compressModel, repairsFor, type CompressionConfig } from '../src';

const backends = [cortexM()];
const storage = { target: findTarget('qemu-cortex-m4', backends[0]!.targets), backends };

/** Two convolutions and a dense layer; normal-ish weights. */
function network(): Model {
  const r = random(3);
  const normal = () => (r.next() + r.next() + r.next() - 1.5) / 2;
  const build = new ModelAssembler();
  const weights = (shape: readonly number[]) =>
    build.constant('w', shape, Float32Array.from({ length: elementCount(shape) }, normal));
  const conv = { kind: 'conv2d', stride: [1, 1], dilation: [1, 1], padding: { mode: 'same' }, activation: 'relu' } as const; // prettier-ignore
  const input = build.input('image', [1, 8, 8, 3]);
  const a = build.layer({ ...conv, name: 'first', input, weights: weights([16, 3, 3, 3]) });
  const b = build.layer({ ...conv, name: 'second', input: a, weights: weights([16, 3, 3, 16]) });
  const flat = build.layer({ kind: 'reshape', name: 'flat', input: b }, [1, 1024]);
  const out = build.layer({ kind: 'fullyConnected', name: 'dense', input: flat, weights: weights([10, 1024]), activation: 'none' }, [1, 10]); // prettier-ignore
  return build.finish('net', [out]);
}

const noise = (model: Model): Dataset => ({
  count: 40,
  shape: undefined,
  sample: (index) => {
    const r = random(index + 1);
    // Neighbouring values alike, as in images.
    let level = 0;
    return Float32Array.from({ length: elementCount(tensorOf(model, model.inputs[0]!).shape) }, () => {
      level = 0.8 * level + r.real(-1, 1);
      return level;
    });
  },
  label: () => undefined,
});

const run = (compress: CompressionConfig, source = network()) =>
  compressModel({ source, compress, storage, calibration: { data: noise(source), samples: 40 } });

/** The same function, the channels of the first layer a hundredfold apart. */
function apart(model: Model): Model {
  const [first, second] = model.layers.filter(isWeighted);
  const factor = (channel: number) => 10 ** ((2 * ((channel * 7) % 16)) / 15 - 1);
  const scaled = new Map<number, (i: number) => number>([
    [first!.weights, (i) => factor(Math.floor(i / 27))],
    [second!.weights, (i) => 1 / factor(i % 16)],
  ]);
  const tensors = model.tensors.map((tensor, id) => {
    const by = scaled.get(id);
    return by === undefined
      ? tensor
      : { ...tensor, data: (tensor.data as Float32Array).map((w, i) => w * by(i)) };
  });
  return assertModel({ ...model, tensors });
}

/** Mean square of what the int8 network makes differently, over samples it was not repaired on. */
function outputError(source: Model, compressed: Model): number {
  const teacher = createFloatInterpreter(source);
  const student = createIntegerInterpreter(compressed);
  const reads = tensorOf(compressed, compressed.inputs[0]!).quantisation!;
  const makes = tensorOf(compressed, compressed.outputs[0]!).quantisation!;
  let sum = 0;
  for (let index = 40; index < 60; index++) {
    const sample = noise(source).sample(index);
    const wanted = teacher.run([sample])[0]!;
    const made = student.run([quantiseInput(sample, reads)])[0]!;
    wanted.forEach((y, c) => (sum += (y - (made[c]! - makes.zeroPoints[0]!) * makes.scales[0]!) ** 2));
  }
  return sum;
}

test('without a word all repairs but the equalisations are made; each is switched by itself', () => {
  const all = { samples: true, int8Source: false };
  expect(repairsFor({}, all)).toEqual(
    { foldBatchNorm: true, equalise: false, equaliseActivations: false, importance: false, masks: false, reconstruction: true, biasCorrection: true },
  ); // prettier-ignore
  expect(repairsFor({ repair: { reconstruction: false, equalise: true } }, all)).toEqual(
    { foldBatchNorm: true, equalise: true, equaliseActivations: false, importance: false, masks: false, reconstruction: false, biasCorrection: true },
  ); // prettier-ignore
  const both = { repair: { equalise: true, equaliseActivations: true } };
  expect(repairsFor(both, all)).toMatchObject({ equalise: true, equaliseActivations: true });
  expect(repairsFor(both, { samples: false, int8Source: false })).toMatchObject({
    equalise: true,
    equaliseActivations: false,
  });
  expect(repairsFor(both, { samples: true, int8Source: true })).toMatchObject({
    equalise: false,
    equaliseActivations: false,
  });
  expect(repairsFor(both, { samples: false, int8Source: true })).toEqual(
    { foldBatchNorm: true, equalise: false, equaliseActivations: false, importance: false, masks: false, reconstruction: false, biasCorrection: false },
  ); // prettier-ignore
});

test.each([
  { flash: 6000 },
  { flash: 3500 },
  { ratio: 16 },
  { averageBits: 3, accounting: 'entropy' },
] as const)(
  'the budget %j holds after repair, is nearly used up, and the bytes are those emitted',
  async (budget) => {
    const { compressed, weights, reconstructed } = await run({ budget });
    expect(reconstructed!.length).toBe(3);
    const bytes = weights!.totals.bytes;
    const fixed = await bytesBesidesWeights(compressed, storage, bytes.flash);
    const { flash, perLayer } = await backends[0]!.emit(compressed as never, storage.target);
    expect(perLayer.reduce((n, l) => n + l.weightBytes, 0)).toBe(bytes.flash);
    expect(flash).toBe(bytes.flash + fixed);
    const [used, allowed] =
      'flash' in budget
        ? [flash, budget.flash]
        : 'ratio' in budget
          ? [bytes.flash, weights!.totals.before / budget.ratio]
          : [bytes.entropy, (3 * weights!.totals.weights) / 8];
    expect(used).toBeLessThanOrEqual(allowed);
    expect(used).toBeGreaterThan(0.9 * allowed);
  },
  60_000,
);

test('reconstruction brings every layer closer to what it was', async () => {
  const { reconstructed } = await run({ budget: { sparsity: 0.6, bits: 2 } });
  for (const layer of reconstructed!) expect(layer.after!).toBeLessThan(0.9 * layer.before!);
});

test('without repairs nothing is looked at but ranges; with them the same bytes come out each time', async () => {
  const none = {
    foldBatchNorm: false,
    equalise: false,
    equaliseActivations: false,
    importance: false,
    masks: false,
    biasCorrection: false,
    reconstruction: false,
  };
  const plain = await run({ budget: { ratio: 10 }, repair: none });
  expect(plain.reconstructed).toEqual([]);
  const [once, twice] = [await run({ budget: { ratio: 10 } }), await run({ budget: { ratio: 10 } })];
  expect(writeCompressedModel(once.compressed)).toEqual(writeCompressedModel(twice.compressed));
  expect(writeCompressedModel(once.compressed)).not.toEqual(writeCompressedModel(plain.compressed));
}, 60_000);

test.each<[string, NonNullable<CompressionConfig['repair']>, number]>([
  ['channels made to vary alike', { equaliseActivations: true }, 0.8],
  ['gains by importance', { importance: true }, 0.8],
  ['gains by importance, and such masks', { importance: true, masks: true }, 0.8],
])(
  '%s leave a smaller error of the outputs at the same budget',
  async (_, repair, share) => {
    const source = apart(network());
    const budget = { ratio: 14 };
    const errorOf = async (own: NonNullable<CompressionConfig['repair']>) => {
      const { compressed, weights } = await run({ budget, repair: own }, source);
      expect(weights!.totals.bytes.flash).toBeLessThanOrEqual(weights!.totals.before / budget.ratio);
      return outputError(source, compressed.model);
    };
    expect(await errorOf(repair)).toBeLessThan(share * (await errorOf({})));
  },
  60_000,
);

test('an int8 source is compressed without samples, and repaired with them on its own scales', async () => {
  const source = generateModel(42).model;
  const compress = { budget: { sparsity: 0.5, bits: 3 } };
  const { repairs } = await compressModel({ source, compress });
  expect(repairs).toMatchObject({ reconstruction: false, biasCorrection: false });
  const repaired = await run(compress, source);
  expect(repaired.repairs).toMatchObject({ reconstruction: true, equalise: false });
  expect(tensorOf(repaired.compressed.model, repaired.compressed.model.inputs[0]!).quantisation).toEqual(
    tensorOf(source, source.inputs[0]!).quantisation,
  );
});

test('a flash budget without a board, and one that is too small', async () => {
  const source = network();
  const calibration = { data: noise(source), samples: 4 };
  await expect(
    compressModel({ source, compress: { budget: { flash: 5000 } }, calibration }),
  ).rejects.toMatchObject({ code: 'OPQ0912' });
  await expect(
    compressModel({ source, compress: { budget: { flash: 150 } }, calibration, storage }),
  ).rejects.toMatchObject({ code: 'OPQ0312' });
});
