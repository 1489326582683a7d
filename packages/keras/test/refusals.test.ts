import { strToU8, zipSync } from 'fflate';
import { tensorOf } from '@opq/ir';
import { createFloatInterpreter } from '@opq/reference';
import { readKerasArchive, readKerasH5 } from '../src';
import { architecture, archiveTree, exportArchive, exportH5, h5Tree, zipArchive, type LayerSpec, type ModelSpec } from './export'; // prettier-ignore
import { closeWriter, declaredFloat16, float32, writeHdf5, type Values } from './hdf5-writer';
import { conv, input, ramp, single, small } from './networks';

afterAll(closeWriter);

const read = async (spec: ModelSpec) => readKerasH5(await exportH5(spec, 2), 'net.h5');
const refusal = (code: string, message: string) => expect.objectContaining({ code, message });

test('every layer that is not supported is named, in one error', async () => {
  const model = {
    className: 'Sequential',
    name: 's',
    layers: [input, { className: 'LSTM', name: 'deep' }],
  } as const;
  const spec: ModelSpec = {
    className: 'Functional',
    name: 'net',
    layers: [
      input,
      { className: 'Conv2DTranspose', name: 'up', calls: [['input_1']] },
      { ...conv, config: { ...conv.config, groups: 2 }, calls: [['up']] },
      { className: 'Lambda', name: 'evil\u001b[2J', calls: [['conv']] },
      { className: 'constructor', name: 'odd', calls: [['evil\u001b[2J']] },
      { className: '', name: 'inner', model, calls: [['odd']] },
      { className: 'Activation', name: 'act', config: { activation: 'tanh' }, calls: [['inner']] },
    ],
    outputs: ['act'],
  };
  await expect(read(spec)).rejects.toEqual(
    refusal(
      'OPQ1205',
      'net.h5 uses what opq does not support: up (Conv2DTranspose); conv (Conv2D) with groups 2; evil\\x1b[2J (Lambda); odd (constructor); inner/deep (LSTM); act (Activation) with the activation tanh.',
    ),
  );
});

const conv2d = (config: object): LayerSpec => ({ ...conv, config: { ...conv.config, ...config } });
const plain = (className: string, config: object = {}): LayerSpec => ({ className, name: 'x', config: { ...config } }); // prettier-ignore

test.each([
  ['channels first', conv2d({ data_format: 'channels_first' }), 'conv (Conv2D) with data_format "channels_first"'],
  ['a padding of another kind', conv2d({ padding: 'causal' }), 'conv (Conv2D) with padding "causal"'],
  ['a missing member', conv2d({ filters: undefined }), 'conv (Conv2D) without filters'],
  ['strides of zero', conv2d({ strides: [0, 1] }), 'conv (Conv2D) with strides [0,1]'],
  ['several at once', conv2d({ strides: 'x', groups: 3 }), 'conv (Conv2D) with strides "x" and with groups 3'],
  ['an activation with parameters', conv2d({ activation: { class_name: 'LeakyReLU', config: {} } }), 'conv (Conv2D) with the activation LeakyReLU'],
  ['a leaky relu', plain('ReLU', { negative_slope: 0.1 }), 'x (ReLU) with negative_slope 0.1'],
  ['a relu with another ceiling', plain('ReLU', { max_value: 1 }), 'x (ReLU) with max_value 1'],
  ['normalisation along another axis', plain('BatchNormalization', { axis: 1 }), 'x (BatchNormalization) along the axis 1, not the last'],
  ['renormalisation', plain('BatchNormalization', { renorm: true }), 'x (BatchNormalization) with renorm true'],
  ['softmax along another axis', plain('Softmax', { axis: 1 }), 'x (Softmax) along the axis 1, not the last'],
  ['a sum of one', plain('Add'), 'x (Add) with 1 inputs'],
  ['a difference of three', { ...plain('Subtract'), calls: [['input_1', 'input_1', 'input_1']] }, 'x (Subtract) with 3 inputs'],
  ['a convolution of two', { ...conv, calls: [['input_1', 'input_1']] }, 'conv (Conv2D) with 2 inputs'],
])('%s is refused', async (_, layer, words) => {
  await expect(read(single(layer))).rejects.toEqual(refusal('OPQ1205', `net.h5 uses what opq does not support: ${words}.`));
}); // prettier-ignore

const withArchitecture = async (change: (text: string) => string, spec = small, version: 2 | 3 = 2) => {
  const tree = h5Tree(spec, version);
  const text = change(JSON.stringify(architecture(spec, version)));
  const bytes = await writeHdf5({ ...tree, attributes: { ...tree.attributes, model_config: text } });
  return readKerasH5(bytes, 'net.h5');
};
/** Changes one layer of the architecture. */
const withLayer = (name: string, change: (layer: Record<string, unknown>) => object, version: 2 | 3 = 2) =>
  withArchitecture(
    (text) =>
      JSON.stringify(JSON.parse(text), (_, value: Record<string, unknown> | null) =>
        value?.['name'] === name && value['class_name'] !== undefined
          ? { ...value, ...change(value) }
          : value,
      ),
    small,
    version,
  );

const TENSOR = { class_name: '__keras_tensor__', config: { keras_history: ['norm', 0, 0] } };
test.each([
  ['broken JSON', () => withArchitecture((text) => text.slice(0, -5)), 'OPQ1202', 'model_config is not JSON'],
  ['deep nesting', () => withArchitecture(() => `${'['.repeat(200_000)}${']'.repeat(200_000)}`), 'OPQ1209', 'model_config is nested more than 100 deep'],
  ['a list instead of a model', () => withArchitecture(() => '[1]'), 'OPQ1204', 'Invalid input'],
  ['a class of the user', () => withArchitecture((t) => t.replace('"Functional"', '"MyNet"')), 'OPQ1205', 'a model of the class MyNet'],
  ['a cycle', () => withLayer('conv', () => ({ inbound_nodes: [[['norm', 0, 0, {}]]] })), 'OPQ1204', 'conv reads what comes from itself'],
  ['a layer that reads itself', () => withLayer('conv', () => ({ inbound_nodes: [[['conv', 0, 0, {}]]] })), 'OPQ1204', 'conv reads what comes from itself'],
  ['a reference to nothing', () => withLayer('conv', () => ({ inbound_nodes: [[['ghost', 0, 0, {}]]] })), 'OPQ1204', 'conv reads output 0 of call 0 of ghost, which does not exist'],
  ['an output that does not exist', () => withLayer('flat', () => ({ inbound_nodes: [[['norm', 0, 1, {}]]] })), 'OPQ1204', 'flat reads output 1 of call 0 of norm'],
  ['an odd call', () => withLayer('flat', () => ({ inbound_nodes: ['norm'] })), 'OPQ1204', 'inbound_nodes of flat: not what Keras writes'],
  ['a call in training', () => withLayer('flat', () => ({ inbound_nodes: [[['norm', 0, 0, { training: true }]]] })), 'OPQ1205', 'flat (Flatten) called with the argument training'],
  ['a call in training, Keras 3', () => withLayer('flat', () => ({ inbound_nodes: [{ args: [TENSOR], kwargs: { training: true } }] }), 3), 'OPQ1205', 'flat (Flatten) called with the argument training'],
  ['a call with a number', () => withLayer('flat', () => ({ inbound_nodes: [{ args: [TENSOR, 2], kwargs: {} }] }), 3), 'OPQ1205', 'flat (Flatten) called with an argument that is no tensor'],
  ['two layers of a name', () => withArchitecture((t) => t.replaceAll('"depth"', '"conv"')), 'OPQ1204', 'the model has two layers of one name'],
  ['no outputs', () => withArchitecture((t) => t.replace(/"output_layers":.*?\]\]/, '"output_layers":[]')), 'OPQ1204', 'output_layers: no list of layers'],
  ['an output of no layer', () => withArchitecture((t) => t.replace(/"output_layers":.*?\]\]/, '"output_layers":[["x",0,0]]')), 'OPQ1204', 'x has no output 0 of call 0'],
  ['an input that is none', () => withArchitecture((t) => t.replace(/"input_layers":.*?\]\]/, '"input_layers":[["conv",0,0]]')), 'OPQ1204', 'its input conv is no input layer'],
  ['an open shape', () => withArchitecture((t) => t.replace('[null,6,6,2]', '[null,null,6,2]')), 'OPQ1205', 'input_1 (InputLayer) of the open shape [, 6, 2]'],
  ['no shape', () => withArchitecture((t) => t.replace('[null,6,6,2]', 'null')), 'OPQ1204', 'does not say its shape'],
  ['a window that does not fit', () => withArchitecture((t) => t.replace('[null,6,6,2]', '[null,2,6,2]')), 'OPQ1210', 'Layer depth of net.h5 does not fit the layers before it: its window 3×3 does not fit into 2×6.'],
  ['dimensions beyond reason', () => withArchitecture((t) => t.replace('[null,6,6,2]', '[null,2000000000,2000000000,2]')), 'OPQ1207', 'layer out'],
])('%s is refused', async (_, act, code, words) => {
  await expect(act()).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
}); // prettier-ignore

/** `small` with other weights in one layer. */
const reweighted = (name: string, weights: Readonly<Record<string, Values>>): ModelSpec => ({
  ...small,
  layers: small.layers.map((layer) => (layer.name === name ? { ...layer, weights } : layer)),
});
const bias = ramp(3);

test.each([
  ['none at all', reweighted('conv', {}), 'OPQ1206', 'Layer conv of net.h5 has no weight kernel of shape [3, 3, 2, 3]; stored for it: nothing.'],
  ['one of two', reweighted('conv', { kernel: ramp(3, 3, 2, 3) }), 'OPQ1206', 'Layer conv of net.h5 has no weight bias of shape [3]; stored for it: model_weights/conv/conv/kernel [3, 3, 2, 3].'],
  ['one of another shape', reweighted('conv', { kernel: ramp(3, 3, 3, 2), bias }), 'OPQ1207', 'Weight kernel of layer conv in net.h5 has the shape [3, 3, 3, 2]; the architecture asks for [3, 3, 2, 3].'],
  ['integers', reweighted('conv', { kernel: ramp(3, 3, 2, 3), bias: { ...bias, element: 'int32' } }), 'OPQ1208', 'Weight bias of layer conv in net.h5 is not stored as floating-point numbers.'],
  ['no numbers', reweighted('conv', { kernel: ramp(3, 3, 2, 3), bias: float32([3], [1, NaN, 1]) }), 'OPQ1208', 'Weight bias of layer conv in net.h5 has values that are not finite numbers.'],
  ['a negative variance', reweighted('norm', { moving_mean: bias, moving_variance: float32([3], [1, -1, 1]) }), 'OPQ1205', 'net.h5 uses what opq does not support: norm (BatchNormalization) with a moving_variance that is negative or zero.'],
])('weights: %s', async (_, spec, code, message) => {
  await expect(read(spec)).rejects.toEqual(refusal(code, message));
}); // prettier-ignore

test('an archive with more or fewer weights than the architecture has', async () => {
  const more = await exportArchive(reweighted('norm', { a: bias, b: bias, c: bias }));
  await expect(readKerasArchive(more, 'net.keras')).rejects.toMatchObject({ code: 'OPQ1206', message: expect.stringContaining('layers/batch_normalization/vars/2 [3]') }); // prettier-ignore
  const fewer = await exportArchive(reweighted('out', {}));
  await expect(readKerasArchive(fewer, 'net.keras')).rejects.toEqual(
    refusal(
      'OPQ1206',
      'Layer out of net.keras has no weight kernel of shape [48, 4]; stored for it: nothing.',
    ),
  );
});

test('float16 and float64 weights become float32', async () => {
  const values = [0.5, -2, 65504, 2 ** -24, 1.5, -0.25];
  const halves = Uint16Array.from([0x3800, 0xc000, 0x7bff, 0x0001, 0x3e00, 0xb400]);
  const dense = (kernel: Values): ModelSpec => ({
    className: 'Sequential',
    name: 's',
    layers: [
      { className: 'InputLayer', name: 'in', config: { shape: [2] } },
      { className: 'Dense', name: 'd', config: { units: 3, use_bias: false }, weights: { kernel } },
    ],
  });
  const doubles = { shape: [2, 3], element: 'float64', data: new Uint8Array(Float64Array.from(values).buffer) } as const; // prettier-ignore
  // Twice as long as needed, because the room of the dataset stays that of float32.
  const roomy = new Uint8Array(24);
  roomy.set(new Uint8Array(halves.buffer));
  const single = await exportH5(dense({ shape: [2, 3], element: 'float32', data: roomy }), 2);
  for (const file of [await exportH5(dense(doubles), 2), declaredFloat16(single)]) {
    const model = await readKerasH5(file, 'net.h5');
    const layer = model.layers[0]!;
    expect([...tensorOf(model, 'weights' in layer ? layer.weights : layer.output).data!]).toEqual([0.5, 2 ** -24, -2, 1.5, 65504, -0.25]); // prettier-ignore
    expect([...createFloatInterpreter(model).run([Float32Array.from([1, 2])])[0]!]).toEqual([0.5 + 2 ** -23, 1, 65503.5]); // prettier-ignore
  }
});

test('files that hold no model', async () => {
  const { groups } = h5Tree(small, 2);
  const config = JSON.stringify(architecture(small, 3));
  const zip = (files: Record<string, Uint8Array>) => readKerasArchive(zipSync(files), 'a.keras');
  await expect(readKerasH5(new Uint8Array(100), 'zeros')).rejects.toMatchObject({ code: 'OPQ1201' });
  await expect(readKerasArchive(new Uint8Array(100), 'zeros')).rejects.toMatchObject({ code: 'OPQ1201' });
  await expect(readKerasH5(await writeHdf5({ groups: groups! }), 'w.h5')).rejects.toEqual(
    refusal('OPQ1203', 'w.h5 holds no whole Keras model: it has no architecture (attribute model_config).'),
  );
  await expect(zip({ 'config.json': strToU8(config) })).rejects.toEqual(
    refusal('OPQ1203', 'a.keras holds no whole Keras model: the archive has no model.weights.h5.'),
  );
  await expect(zip({ 'config.json': strToU8(config), 'model.weights.npz': ramp(2).data })).rejects.toEqual(
    refusal('OPQ1205', 'a.keras uses what opq does not support: weights stored as model.weights.npz.'),
  );
  await expect(readKerasArchive(zipArchive(config, strToU8('text')), 'a.keras')).rejects.toEqual(
    refusal('OPQ1202', 'a.keras is damaged: model.weights.h5 is no HDF5 file.'),
  );
  const packed = zipArchive(config, await writeHdf5(archiveTree(small, 'layers')), 6);
  expect((await readKerasArchive(packed, 'packed.keras')).layers).toHaveLength(7);
});
