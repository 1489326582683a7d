import { OpqError } from '@opq/errors';
import {
  assertModel,
  checkCompressedModel,
  checkModel,
  tensorId,
  type Layer,
  type Model,
  type Tensor,
} from '../src';
import { smallCompressed, smallModel } from './samples';

const withTensor = (index: number, change: Partial<Tensor>): Model => {
  const model = smallModel();
  return { ...model, tensors: model.tensors.map((t, i) => (i === index ? { ...t, ...change } : t)) };
};
const withLayer = (index: number, change: object): Model => {
  const model = smallModel();
  return { ...model, layers: model.layers.map((l, i) => (i === index ? ({ ...l, ...change } as Layer) : l)) };
};

test('a sound model has no problem and is frozen all the way down', () => {
  expect(checkModel(smallModel())).toEqual([]);
  expect(checkCompressedModel(smallCompressed())).toEqual([]);
  const model = assertModel(smallModel());
  expect(Object.isFrozen(model.layers[0])).toBe(true);
  expect(Object.isFrozen(model.tensors[1]?.quantisation?.scales)).toBe(true);
});

const conv = 'layer 0 (conv2d conv): ';
test.each<[string, Model, string]>([
  ['a hole in a shape', withTensor(3, { shape: [1, 3, 0, 3] }), 'tensor 3 (conv) has the shape [1, 3, 0, 3]'],
  [
    'missing elements',
    withTensor(2, { data: Int32Array.of(1) }),
    'tensor 2 (conv/bias) holds 1 elements of 3',
  ],
  [
    'another array type',
    withTensor(2, { data: Float32Array.of(1, 2, 3) }),
    'tensor 2 (conv/bias) is int32 but holds another type',
  ],
  [
    'a scale of 0',
    withTensor(0, { quantisation: { scales: [0], zeroPoints: [0], axis: 0 } }),
    'tensor 0 (image) has a scale that is not a positive float32',
  ],
  [
    'a scale beyond float32',
    withTensor(0, { quantisation: { scales: [0.1], zeroPoints: [0], axis: 0 } }),
    'tensor 0 (image) has a scale that is not a positive float32',
  ],
  [
    'a zero point of 200',
    withTensor(0, { quantisation: { scales: [1], zeroPoints: [200], axis: 0 } }),
    'tensor 0 (image) has a zero point outside -128…127',
  ],
  [
    'scales along no axis',
    withTensor(1, { quantisation: { scales: [1, 1], zeroPoints: [0, 0], axis: 0 } }),
    'tensor 1 (conv/weights) has 2 scales but 3 slices along axis 0',
  ],
  [
    'scales along the wrong axis',
    withTensor(1, { quantisation: { scales: [1, 1, 1], zeroPoints: [0, 0, 0], axis: 1 } }),
    `${conv}its weights have scales along axis 1, not 0`,
  ],
  [
    'a wrong output shape',
    withTensor(3, { shape: [1, 3, 4, 3] }),
    `${conv}its output has the shape [1, 3, 4, 3], not [1, 3, 3, 3]`,
  ],
  [
    'a window too large',
    withLayer(0, { padding: { mode: 'valid' }, dilation: [4, 4] }),
    `${conv}its window 3×3 does not fit into 6×6`,
  ],
  [
    'a stride of 0',
    withLayer(0, { stride: [0, 1] }),
    `${conv}its window, stride and dilation must be positive`,
  ],
  ['variable weights', withLayer(0, { weights: tensorId(0) }), `${conv}its weights are for 2 input channels`],
  [
    'reading what is not made',
    withLayer(0, { input: tensorId(6) }),
    `${conv}it reads tensor 6, which nothing has made`,
  ],
  [
    'a tensor that is not there',
    withLayer(0, { input: tensorId(99) }),
    `${conv}it reads tensor 99, which nothing has made`,
  ],
  [
    'two makers',
    withLayer(1, { output: tensorId(3) }),
    'layer 1 (mean mean): it writes tensor 3, which has a value already',
  ],
  ['two names', withLayer(1, { name: 'conv' }), 'layer 1 (mean conv): its name is not unique'],
  ['an axis twice', withLayer(1, { axes: [1, 1] }), 'layer 1 (mean mean): it has the axes [1, 1]'],
  ['no output', { ...smallModel(), outputs: [] }, 'the model has no output'],
])('%s is named', (_, model, problem) => {
  const problems = checkModel(model);
  expect(problems.length).toBeGreaterThan(0);
  if (problem.startsWith(`${conv}its weights are for`))
    expect(problems.join()).toContain('its weights are not constant');
  else expect(problems).toContain(problem);
});

test('assertModel throws one error with every problem and hides control characters', () => {
  const model = { ...withTensor(2, { name: 'evil\u001b[2J', data: Int32Array.of(1) }), name: 'm' };
  expect(() => assertModel(model)).toThrow(OpqError);
  expect(() => assertModel(model)).toThrow(
    'Model m is not valid: tensor 2 (evil\\x1b[2J) holds 1 elements of 3.',
  );
});

test.each([
  ['a level missing', { levels: [-2, 0, 2] }, 'a weight is not among its levels'],
  ['no zero', { levels: [-2, 1, 2] }, '0 is not among its levels'],
  ['levels out of order', { levels: [0, -2, 1, 2] }, 'its levels are not ascending'],
  ['no gains', { gain: 'none' as const }, 'it has no gains, yet several scales'],
  ['a step of 0', { step: 0 }, 'its step is 0'],
])('codebook with %s', (_, change, problem) => {
  const compressed = smallCompressed();
  const [codebook] = compressed.codebooks;
  if (codebook === undefined) throw new Error('no codebook');
  expect(checkCompressedModel({ ...compressed, codebooks: [{ ...codebook, ...change }] }).join()).toContain(
    problem,
  );
});

test('a float activation is no compressed model', () => {
  const model: Model = {
    name: 'f',
    tensors: [
      { name: 'x', shape: [1, 2], type: 'float32' },
      { name: 'y', shape: [1, 2], type: 'float32' },
    ],
    layers: [{ kind: 'relu', name: 'y', input: tensorId(0), output: tensorId(1) }],
    inputs: [tensorId(0)],
    outputs: [tensorId(1)],
  };
  expect(checkModel(model)).toEqual([]);
  expect(checkCompressedModel({ model, codebooks: [] })).toContain('tensor 1 (y) is float32, not int8');
});
