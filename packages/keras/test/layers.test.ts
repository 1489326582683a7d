import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import { elementCount, tensorOf } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { createFloatInterpreter } from '@opq/reference';
import { readKerasH5 } from '../src';
import { closeWriter, float32, writeHdf5, type Tree } from './hdf5-writer';

/*
 * The judge is TensorFlow.js: it builds a model of one layer, its toJSON is the architecture in the form of Keras 2, and its
 * own kernels say what comes out.
 */

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
});
afterAll(closeWriter);

type Symbolic = tf.SymbolicTensor;

/** Weights between −1 and 1; variances above zero. */
function fill(model: tf.LayersModel, seed: number): void {
  const r = random(seed);
  for (const weight of model.weights) {
    const low = weight.name.includes('variance') ? 0.3 : -1;
    const values = Float32Array.from({ length: elementCount(weight.shape as number[]) }, () => r.real(low, 1.5)); // prettier-ignore
    weight.write(tf.tensor(values, weight.shape as number[]));
  }
}

/** TensorFlow.js keeps Keras's form but for two members: it leaves a depth multiplier out and has null for −1. */
function configOf(model: tf.LayersModel): string {
  const multipliers = new Map(
    model.layers
      .filter((layer) => layer.getClassName() === 'SeparableConv2D')
      .map((layer) => [layer.name, layer.weights[0]!.shape[3]]),
  );
  return JSON.stringify(model.toJSON(null, false), (key, value: unknown) => {
    if (key === 'target_shape') return (value as (number | null)[]).map((d) => d ?? -1);
    if (key !== 'config' || typeof value !== 'object' || value === null || !('name' in value)) return value;
    const multiplier = multipliers.get(String(value.name));
    return multiplier === undefined ? value : { ...value, depth_multiplier: multiplier };
  });
}

async function h5Of(model: tf.LayersModel): Promise<Uint8Array> {
  const groups: Record<string, Tree> = {};
  for (const layer of model.layers) {
    const datasets = Object.fromEntries(
      await Promise.all(
        layer.weights.map(async (weight) => {
          const values = weight.read();
          return [`${weight.originalName.split('/').at(-1)}:0`, float32(values.shape, await values.data())] as const; // prettier-ignore
        }),
      ),
    );
    groups[layer.name] = { groups: { [layer.name]: { datasets } } };
  }
  return writeHdf5({ attributes: { model_config: configOf(model) }, groups: { model_weights: { groups } } });
}

/** Largest difference between what both say, relative to the range of the output. */
async function difference(model: tf.LayersModel, seed: number): Promise<number> {
  fill(model, seed);
  const ours = await readKerasH5(await h5Of(model), 'judged.h5');
  const r = random(seed + 1);
  const inputs = ours.inputs.map((id) => {
    const { shape } = tensorOf(ours, id);
    return { shape, data: Float32Array.from({ length: elementCount(shape) }, () => r.real(-2, 2)) };
  });
  const theirs = model.predict(inputs.map(({ shape, data }) => tf.tensor(data, [...shape]))) as tf.Tensor;
  expect(tensorOf(ours, ours.outputs[0]!).shape).toEqual(theirs.shape);
  const wanted = await theirs.data();
  const [found] = createFloatInterpreter(ours).run(inputs.map(({ data }) => data));
  const range = Math.max(1e-6, Math.max(...wanted) - Math.min(...wanted), ...wanted.map(Math.abs));
  return Math.max(...wanted.map((w, i) => Math.abs(w - found![i]!))) / range;
}

const image = (h: number, w: number, c: number): Symbolic => tf.input({ shape: [h, w, c] });

const through = (x: Symbolic, ...layers: tf.layers.Layer[]): tf.LayersModel =>
  tf.model({ inputs: x, outputs: layers.reduce((y, layer) => layer.apply(y) as Symbolic, x) });

const CASES: Readonly<Record<string, () => tf.LayersModel>> = {
  'conv2d with every activation': () =>
    through(
      image(6, 5, 3),
      ...(['relu', 'linear', 'sigmoid', 'relu6', 'softmax'] as const).map((activation) =>
        tf.layers.conv2d({ filters: 4, kernelSize: [3, 2], padding: 'same', activation, useBias: activation !== 'linear' }), // prettier-ignore
      ),
    ),
  'separableConv2d': () =>
    through(
      image(7, 6, 3),
      tf.layers.separableConv2d({ filters: 5, kernelSize: 3, strides: [2, 2], depthMultiplier: 2, padding: 'same', activation: 'relu' }),
      tf.layers.separableConv2d({ filters: 2, kernelSize: [1, 2], useBias: false }),
    ),
  'dense on vectors': () =>
    through(tf.input({ shape: [7] }), tf.layers.dense({ units: 5, activation: 'relu6' }), tf.layers.dense({ units: 3, useBias: false, activation: 'softmax' })),
  'dense on the last axis': () => through(image(2, 3, 4), tf.layers.dense({ units: 6 }), tf.layers.dense({ units: 2, activation: 'sigmoid' })),
  'batchNormalization': () =>
    through(
      image(3, 2, 5),
      tf.layers.batchNormalization({ epsilon: 0.01 }),
      tf.layers.batchNormalization({ scale: false }),
      tf.layers.reLU(),
      tf.layers.batchNormalization({ center: false, axis: 3 }),
      tf.layers.batchNormalization({ scale: false, center: false }),
      tf.layers.flatten(),
      tf.layers.batchNormalization({}),
    ),
  'activations as layers': () =>
    through(
      image(3, 3, 4),
      tf.layers.activation({ activation: 'linear' }),
      tf.layers.reLU({ maxValue: 6 }),
      tf.layers.softmax({ axis: -1 }),
      tf.layers.activation({ activation: 'sigmoid' }),
      tf.layers.activation({ activation: 'softmax' }),
      tf.layers.reLU(),
    ),
  'add, multiply, concatenate': () => {
    const [x, y, z] = [image(3, 4, 2), image(3, 4, 2), image(1, 1, 2)];
    const sum = tf.layers.add().apply([x, y, x]) as Symbolic;
    const product = tf.layers.multiply().apply([sum, z]) as Symbolic;
    const wide = tf.layers.concatenate().apply([product, x]) as Symbolic;
    const tall = tf.layers.concatenate({ axis: 1 }).apply([wide, wide]) as Symbolic;
    return tf.model({ inputs: [x, y, z], outputs: tf.layers.reLU().apply(tall) as Symbolic });
  },
  'a layer called twice': () => {
    const x = image(4, 4, 3);
    const shared = tf.layers.conv2d({ filters: 3, kernelSize: 2, padding: 'same', activation: 'relu' });
    const y = shared.apply(shared.apply(x)) as Symbolic;
    return tf.model({ inputs: x, outputs: tf.layers.add().apply([y, shared.apply(x) as Symbolic]) as Symbolic });
  },
  'global poolings': () => {
    const x = image(4, 5, 3);
    const [mean, max] = [tf.layers.globalAveragePooling2d({}), tf.layers.globalMaxPooling2d({})];
    return tf.model({ inputs: x, outputs: tf.layers.concatenate().apply([mean.apply(x) as Symbolic, max.apply(x) as Symbolic]) as Symbolic });
  },
  'flatten, reshape, zeroPadding2d': () =>
    through(
      image(4, 3, 2),
      tf.layers.zeroPadding2d({ padding: [[1, 2], [0, 3]] }),
      tf.layers.zeroPadding2d({ padding: 1 }),
      tf.layers.zeroPadding2d({ padding: [2, 1] }),
      tf.layers.flatten(),
      tf.layers.reshape({ targetShape: [4, -1, 5] }),
    ),
  'layers that act in training only': () =>
    through(image(2, 2, 3), tf.layers.dropout({ rate: 0.5 }), tf.layers.gaussianNoise({ stddev: 1 }), tf.layers.dense({ units: 2 }), tf.layers.dropout({ rate: 0.2 })),
  'rescaling': () => through(image(2, 3, 3), tf.layers.rescaling({ scale: 1 / 127.5, offset: -1 }), tf.layers.conv2d({ filters: 2, kernelSize: 1 }), tf.layers.rescaling({ scale: 2 }), tf.layers.rescaling({ scale: 1, offset: 3 })),
}; // prettier-ignore

test.each(Object.entries(CASES))('%s', async (_, build) => {
  expect(await difference(build(), 11)).toBeLessThan(1e-5);
});

const windowed = fc.record({
  h: fc.integer({ min: 3, max: 9 }),
  w: fc.integer({ min: 3, max: 9 }),
  c: fc.integer({ min: 1, max: 4 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.constantFrom('same' as const, 'valid' as const),
  activation: fc.constantFrom('linear' as const, 'relu' as const, 'relu6' as const),
  bias: fc.boolean(),
  dilation: fc.constantFrom(1, 1, 2),
  multiplier: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(1e6),
});
type Windowed = typeof windowed extends fc.Arbitrary<infer T> ? T : never;

/** TensorFlow dilates and strides only apart, and wants room for the window. */
const sound = ({ h, w, kernel, stride, dilation }: Windowed): boolean =>
  (dilation === 1 || (stride[0] === 1 && stride[1] === 1)) &&
  (kernel[0] - 1) * dilation < h &&
  (kernel[1] - 1) * dilation < w;

const agree = (build: (x: Symbolic, g: Windowed) => tf.layers.Layer) =>
  fc.assert(
    fc.asyncProperty(windowed.filter(sound), async (g) => {
      const x = image(g.h, g.w, g.c);
      expect(await difference(through(x, build(x, g)), g.seed)).toBeLessThan(1e-5);
    }),
    { numRuns: 25 },
  );

test('any conv2d', () =>
  agree((_, g) => tf.layers.conv2d({ filters: 3, kernelSize: g.kernel, strides: g.stride, padding: g.padding, activation: g.activation, useBias: g.bias, dilationRate: [g.dilation, g.dilation] })), 60_000); // prettier-ignore

test('any depthwiseConv2d', () =>
  agree((_, g) => tf.layers.depthwiseConv2d({ kernelSize: g.kernel, strides: [g.stride[0], g.stride[0]], padding: g.padding, activation: g.activation, useBias: g.bias, depthMultiplier: g.multiplier, dilationRate: [g.dilation, g.dilation] })), 60_000); // prettier-ignore

test('any pooling', () =>
  agree((_, g) => (g.bias ? tf.layers.maxPooling2d : tf.layers.averagePooling2d)({ poolSize: g.kernel, strides: g.stride, padding: g.padding })), 60_000); // prettier-ignore
