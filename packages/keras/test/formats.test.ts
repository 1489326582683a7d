import { createFloatInterpreter } from '@opq/reference';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { isKerasArchive, isKerasH5, readKerasArchive, readKerasH5 } from '../src';
import { exportArchive, exportH5, type LayerSpec, type ModelSpec } from './export';
import { closeWriter, float32, type Values } from './hdf5-writer';

afterAll(closeWriter);

const r = random(7);
const noise = (...shape: number[]): Values =>
  float32(
    shape,
    Array.from({ length: elementCount(shape) }, () => r.real(-1, 1)),
  );
const positive = (...shape: number[]): Values =>
  float32(
    shape,
    Array.from({ length: elementCount(shape) }, () => r.real(0.5, 2)),
  );

const conv = (name: string, from: string, inputs: number, filters: number, more: object = {}): LayerSpec => ({
  className: 'Conv2D',
  name,
  config: { filters, kernel_size: [3, 3], strides: [1, 1], padding: 'same', data_format: 'channels_last', dilation_rate: [1, 1], groups: 1, activation: 'linear', use_bias: true, ...more },
  calls: [[from]],
  weights: { kernel: noise(3, 3, inputs, filters), bias: noise(filters) },
}); // prettier-ignore

const norm = (name: string, from: string, channels: number): LayerSpec => ({
  className: 'BatchNormalization',
  name,
  config: { axis: [3], momentum: 0.99, epsilon: 0.001, center: true, scale: true },
  calls: [[from]],
  weights: { gamma: noise(channels), beta: noise(channels), moving_mean: noise(channels), moving_variance: positive(channels) }, // prettier-ignore
});

const input: LayerSpec = { className: 'InputLayer', name: 'input_1', config: { shape: [8, 6, 3] } };

/** Branches, a layer called twice, models within the model: what order and names can go wrong with. */
const branched: ModelSpec = {
  className: 'Functional',
  name: 'branched',
  layers: [
    input,
    conv('stem', 'input_1', 3, 4, { activation: 'relu' }),
    norm('norm', 'stem', 4),
    { className: 'Activation', name: 'act', config: { activation: 'relu' }, calls: [['norm']] },
    { ...conv('twice', 'act', 4, 4), calls: [['act'], ['twice']] },
    { className: 'DepthwiseConv2D', name: 'depth', config: { kernel_size: [3, 3], padding: 'same', depth_multiplier: 1 }, calls: [['stem']], weights: { depthwise_kernel: noise(3, 3, 4, 1), bias: noise(4) } },
    { className: 'Add', name: 'sum', calls: [['twice#2', 'depth']] },
    {
      className: '', name: 'inner', calls: [['sum'], ['inner']],
      model: {
        className: 'Functional', name: 'inner', outputs: ['inner_norm'],
        layers: [
          { className: 'InputLayer', name: 'inner_in', config: { shape: [8, 6, 4] } },
          conv('inner_conv', 'inner_in', 4, 4),
          norm('inner_norm', 'inner_conv', 4),
        ],
      },
    },
    { className: 'Dropout', name: 'drop', config: { rate: 0.5 }, calls: [['inner#2']] },
    { className: 'GlobalAveragePooling2D', name: 'gap', calls: [['drop']] },
    {
      className: '', name: 'head', calls: [['gap']],
      model: {
        className: 'Sequential', name: 'head',
        layers: [
          { className: 'InputLayer', name: 'head_in', config: { shape: [4] } },
          { className: 'Dense', name: 'hidden', config: { units: 6, activation: 'relu6', use_bias: true }, weights: { kernel: noise(4, 6), bias: noise(6) } },
          { className: 'Dense', name: 'logits', config: { units: 5, activation: 'softmax', use_bias: false }, weights: { kernel: noise(6, 5) } },
        ],
      },
    },
  ],
  outputs: ['head'],
}; // prettier-ignore

const chain: ModelSpec = {
  className: 'Sequential',
  name: 'chain',
  layers: [
    input,
    conv('a', '', 3, 4),
    norm('b', '', 4),
    { className: 'ReLU', name: 'c', config: { max_value: 6, negative_slope: 0, threshold: 0 } },
    conv('d', '', 4, 2),
    { className: 'Flatten', name: 'e', config: { data_format: 'channels_last' } },
  ],
};

const run = (model: Model): readonly number[] => {
  const source = random(3);
  const count = elementCount(tensorOf(model, model.inputs[0]!).shape);
  const x = Float32Array.from({ length: count }, () => source.real(-1, 1));
  return [...createFloatInterpreter(model).run([x])[0]!];
};

describe.each([branched, chain])('$name', (spec) => {
  test('is the same network in every format', async () => {
    const [two, three] = [await exportH5(spec, 2), await exportH5(spec, 3)];
    const archives = [
      await exportArchive(spec),
      await exportArchive(spec, 'old'),
      await exportArchive(spec, 'windows'),
    ];
    expect([two, three].map((b) => [isKerasH5(b), isKerasArchive(b)])).toEqual(Array(2).fill([true, false]));
    expect(archives.map((b) => [isKerasH5(b), isKerasArchive(b)])).toEqual(Array(3).fill([false, true]));
    const wanted = run(await readKerasH5(two, 'a/net.h5'));
    expect(new Set(wanted).size).toBeGreaterThan(2);
    expect(run(await readKerasH5(three, 'net.h5'))).toEqual(wanted);
    for (const archive of archives) expect(run(await readKerasArchive(archive, 'x.keras'))).toEqual(wanted);
  });
});

test('layers are named after their calls, activations fused, weights of a shared layer stored once', async () => {
  const model = await readKerasH5(await exportH5(branched, 2), 'folder/net.h5');
  expect(model.name).toBe('net');
  expect(model.layers.map((l) => `${l.kind} ${l.name} ${'activation' in l ? l.activation : '-'}`)).toEqual([
    'conv2d stem relu',
    'mul norm/scale none',
    'add norm relu',
    'conv2d twice none',
    'conv2d twice#2 none',
    'depthwiseConv2d depth none',
    'add sum none',
    'conv2d inner/inner_conv none',
    'mul inner/inner_norm/scale none',
    'add inner/inner_norm none',
    'conv2d inner#2/inner_conv none',
    'mul inner#2/inner_norm/scale none',
    'add inner#2/inner_norm none',
    'mean gap -',
    'fullyConnected head/hidden relu6',
    'fullyConnected head/logits none',
    'softmax head/logits/softmax -',
  ]);
  const weights = model.layers.flatMap((l) => ('weights' in l ? [l.weights] : []));
  expect([weights.length, new Set(weights).size]).toEqual([8, 6]);
  expect(tensorOf(model, model.layers[1]!.output).shape).toEqual([1, 8, 6, 4]);
  expect(model.tensors.filter((t) => t.data === undefined)).toHaveLength(model.layers.length + 1);
});

test('an activation stays a layer where it cannot be fused', async () => {
  const relu = (name: string, from: string): LayerSpec => ({
    className: 'ReLU',
    name,
    config: { max_value: null },
    calls: [[from]],
  });
  const spec: ModelSpec = {
    className: 'Functional',
    name: 'net',
    layers: [
      input,
      relu('of_input', 'input_1'),
      conv('read_twice', 'of_input', 3, 3),
      relu('one_reader', 'read_twice'),
      { className: 'Add', name: 'sum', calls: [['read_twice', 'one_reader']] },
      relu('fused', 'sum'),
      relu('again', 'fused'),
      { className: 'Concatenate', name: 'both', config: { axis: -1 }, calls: [['again', 'sum2']] },
      conv('sum2', 'fused', 3, 2),
      relu('of_both', 'both'),
      conv('is_output', 'of_both', 5, 2),
      relu('end', 'is_output'),
    ],
    outputs: ['is_output', 'end'],
  };
  const model = await readKerasH5(await exportH5(spec, 3), 'net.h5');
  expect(model.layers.map((l) => `${l.kind} ${l.name} ${'activation' in l ? l.activation : '-'}`)).toEqual([
    'relu of_input/relu -',
    'conv2d read_twice none',
    'relu one_reader/relu -',
    'add sum relu',
    'relu again/relu -',
    'conv2d sum2 none',
    'concatenation both none',
    'relu of_both/relu -',
    'conv2d is_output none',
    'relu end/relu -',
  ]);
  const [before, after] = createFloatInterpreter(model).run([new Float32Array(144).fill(0.5)]);
  expect([...after!]).toEqual([...before!].map((v) => Math.max(v, 0)));
});
