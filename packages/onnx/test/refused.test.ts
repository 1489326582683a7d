import type { onnx } from 'onnx-proto';
import { OpqError } from '@opq/errors';
import { readOnnx } from '../src';
import { build, encode, floats, ints, modelProto, node, valueInfo, type GraphSpec, type NodeSpec } from './build'; // prettier-ignore
import { noise } from './compare';

const weights = (shape: readonly number[]) => floats(shape, noise(shape, 3));
const constants = { w: weights([4, 3, 3, 2]), c: weights([3]), i: ints([1, 2]), v: weights([90]), m: weights([90, 4]), g: weights([4, 3, 3]), s: weights([]) }; // prettier-ignore
const graph = (nodes: readonly NodeSpec[], more: Partial<GraphSpec> = {}): GraphSpec => ({
  inputs: { x: [1, 3, 6, 5] },
  outputs: ['y'],
  nodes,
  constants,
  ...more,
});

/** Message of the error that reading throws. */
function messageOf(bytes: Uint8Array): string {
  try {
    readOnnx(bytes, 'net.onnx');
  } catch (error) {
    if (error instanceof OpqError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing thrown';
}
const uses = (what: string) => `OPQ1103 net.onnx uses what opq does not support: ${what}.`;
const one = (op: string, inputs: readonly string[], attributes: NodeSpec['attributes'] = {}) => [
  node(op, inputs, ['y'], attributes),
];
const TRANSPOSED = 'of values whose elements would first have to be transposed';

test.each<[readonly NodeSpec[], string, Partial<GraphSpec>?]>([
  [one('LeakyRelu', ['x']), 'LeakyRelu (making y)'],
  [[{ ...node('Conv', ['x', 'w'], ['y']), domain: 'com.acme', name: 'first' }], 'com.acme.Conv (node first, making y)'],
  [one('__proto__', ['x']), '__proto__ (making y)'],
  [one('constructor', ['x']), 'constructor (making y)'],
  [one('Conv', ['x', 'w'], { group: 3 }), 'Conv (making y) in 3 groups of 3 channels (1 or 3 are supported)'],
  [one('Conv', ['x', 'w'], { group: 2 }), 'Conv (making y) in 2 groups of 3 channels (1 or 3 are supported)'],
  [one('Conv', ['x', 'w'], { kernel_shape: [3, 3] }), 'Conv (making y) with weights of 3×2 for a window of 3×3'],
  [one('Conv', ['x', 'w'], { strides: [2] }), 'Conv (making y) with strides of 1 numbers (two are supported)'],
  [one('Conv', ['x', 'w'], { strides: [0, 1] }), 'Conv (making y) with strides of 0×1'],
  [one('Conv', ['x', 'w'], { pads: [-1, 0, 0, 0] }), 'Conv (making y): its padding must not be negative'],
  [one('Conv', ['x', 'w'], { auto_pad: 'ODD' }), 'Conv (making y) with auto_pad ODD'],
  [one('Conv', ['x', 'w'], { dilations: [5, 5] }), 'Conv (making y): its window 3×2 does not fit into 6×5'],
  [one('Conv', ['x', 'w', 'c']), 'Conv (making y) with a bias of 3 elements for 4 channels'],
  [one('Conv', ['x', 'x']), 'Conv (making y) with x not a constant of floats'],
  [one('Conv', ['x', 'i']), 'Conv (making y) with i not a constant of floats'],
  [one('Conv', ['x']), 'Conv (making y) without input 1'],
  [one('Conv', ['w', 'w']), 'Conv (making y) of the constant w'],
  [one('Conv', ['x', 'g']), 'Conv (making y) with weights of 3 dimensions (four are supported)'],
  [one('Conv', ['x', 'g'], {}), 'Conv (making y) in 1 dimensions (two are supported)', { inputs: { x: [1, 3, 9] } }],
  [one('Conv', ['x', 'w'], { group: { f: 1 } }), 'Conv (making y) with the attribute group of another type'],
  [one('Clip', ['x', '', 's']), 'Clip (making y) to other bounds than 0…6 and 0…∞'],
  [one('Clip', ['x', 'zero', 'four']), 'Clip (making y) to other bounds than 0…6 and 0…∞', { constants: { zero: floats([], [0]), four: floats([], [4]) } }],
  [one('MaxPool', ['x'], { kernel_shape: [2, 2], dilations: [2, 2] }), 'MaxPool (making y) with dilations'],
  [one('MaxPool', ['x'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }), 'MaxPool (making y) with ceil_mode, where it makes a difference'],
  [one('MaxPool', ['x']), 'MaxPool (making y) with kernel_shape of 0 numbers (two are supported)'],
  [one('MaxPool', ['x'], { kernel_shape: [2, 2], pads: [2, 0, 0, 0] }), 'MaxPool (making y) with a padding as wide as its window'],
  [[node('MaxPool', ['x'], ['z', 'at'], { kernel_shape: [2, 2] }), node('Relu', ['at'], ['y'])], 'MaxPool (making z) with its output 1 in use'],
  [one('AveragePool', ['x'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }), 'AveragePool (making y) with count_include_pad over a padding'],
  [one('ReduceMean', ['x'], { axes: [4] }), 'ReduceMean (making y) along axis 4 of 4'],
  [one('BatchNormalization', ['x', 'c', 'c', 'c', 'v']), 'BatchNormalization (making y) with v of the shape [90] for 3 channels'],
  [one('BatchNormalization', ['x', 'c', 'c', 'c', 'c'], { training_mode: 1 }), 'BatchNormalization (making y) in training mode'],
  [one('BatchNormalization', ['x', 'c', 'c', 'c', 'n']), 'BatchNormalization (making y) with a variance that is not positive', { constants: { ...constants, n: floats([3], [1, -1, 1]) } }],
  [one('Add', ['x', 'v']), 'Add (making y) of shapes that cannot be broadcast together'],
  [one('Add', ['w', 'w']), 'Add (making y) of two constants'],
  [one('Add', ['x', 'i']), 'Add (making y) with i not a constant of floats'],
  [[node('Transpose', ['x'], ['t'], { perm: [0, 1, 3, 2] }), node('Add', ['x', 't'], ['y'])], `Add (making y) ${TRANSPOSED}`, { inputs: { x: [1, 3, 5, 5] } }],
  [[node('Transpose', ['x'], ['t'], { perm: [0, 1, 3, 2] }), node('Conv', ['t', 'w'], ['y'])], 'Conv (making y) of an image whose elements would first have to be transposed'],
  [[node('Reshape', ['x', 'r'], ['t']), node('Conv', ['t', 'w'], ['y'])], 'Conv (making y) of an image whose elements would first have to be transposed', { inputs: { x: [1, 90] }, constants: { ...constants, r: ints([1, 3, 6, 5]) } }],
  [one('Reshape', ['x', 'r']), 'Reshape (making y) to [1, 5, 18] of an image, which would first have to be transposed', { constants: { r: ints([1, 5, 18]) } }],
  [one('Reshape', ['x', 'r']), 'Reshape (making y) of [1, 3, 6, 5] to [1, 7]', { constants: { r: ints([1, 7]) } }],
  [one('Reshape', ['x', 'r']), 'Reshape (making y) of [1, 3, 6, 5] to [7, -1]', { constants: { r: ints([7, -1]) } }],
  [one('Reshape', ['x', 'r']), 'Reshape (making y) to the shape [30, -1, 3]', { constants: { r: ints([-1, -1, 3]) } }],
  [one('Reshape', ['x', 'x']), 'Reshape (making y) with x not a constant of integers'],
  [one('Flatten', ['x']), 'output y whose elements would first have to be transposed (a flattened image?)'],
  [[node('Flatten', ['x'], ['f']), node('Concat', ['f', 'f'], ['y'], { axis: 1 })], `Concat (making y) ${TRANSPOSED} (a flattened image?)`],
  [one('Concat', ['x', 'w'], { axis: 1 }), 'Concat (making y) of the constant w'],
  [one('Squeeze', ['x', 'a']), 'Squeeze (making y) of [1, 3, 6, 5] to [1, 6, 5]', { constants: { a: ints([1]) } }],
  [one('Transpose', ['x'], { perm: [0, 1, 1, 2] }), 'Transpose (making y) by [0, 1, 1, 2] of 4 axes'],
  [one('Gemm', ['x', 'm']), 'Gemm (making y) of 4 dimensions (two are supported)'],
  [[node('Flatten', ['x'], ['f']), node('Gemm', ['f', 'm'], ['y'], { transA: 1 })], 'Gemm (making y) with transA'],
  [[node('Flatten', ['x'], ['f']), node('Gemm', ['f', 'm'], ['y'], { transB: 1 })], 'Gemm (making y) with m for 4 elements, not 90'],
  [[node('Flatten', ['x'], ['f']), node('Gemm', ['f', 'm', 'v'], ['y'])], 'Gemm (making y) with v of the shape [90] as bias'],
  [one('MatMul', ['x', 'w']), 'MatMul (making y) with w of 4 dimensions (two are supported)'],
  [one('MatMul', ['x', 'q']), `MatMul (making y) ${TRANSPOSED}`, { constants: { q: weights([5, 2]) } }],
  [[node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }), node('MatMul', ['t', 'q'], ['y'])], `MatMul (making y) ${TRANSPOSED}`, { inputs: { x: [2, 3, 5] }, constants: { q: weights([5, 2]) } }],
  [one('MatMul', ['m', 'x']), 'MatMul (making y) of the constant m'],
  [one('Pad', ['x', 'p', 's']), `Pad (making y) with ${Math.fround(noise([], 3)[0]!)} (zero is supported)`, { constants: { ...constants, p: ints([0, 0, 0, 0, 0, 0, 0, 1]) } }],
  [one('Pad', ['x', 'p', 'i']), 'Pad (making y) with 1 (zero is supported)', { constants: { ...constants, p: ints([0, 0, 0, 0, 0, 0, 0, 1]) } }],
  [one('Pad', ['x', 'i'], { mode: 'reflect' }), 'Pad (making y) with the mode reflect'],
  [one('Pad', ['x', 'i']), 'Pad (making y) with 2 pads for 4 axes'],
  [one('Softmax', ['x'], { axis: 2 }), 'Softmax (making y) over values that do not stand next to each other'],
  [one('Cast', ['x'], { to: 7 }), 'Cast (making y) to INT64'],
  [[node('Constant', [], ['k'], { value_string: 'a' }), node('Add', ['x', 'k'], ['y'])], 'Constant (making k) of a kind that is no tensor of numbers'],
  [one('Dropout', ['x', 's', 't']), 'Dropout (making y) in training mode', { constants: { ...constants, t: ints([1]) } }],
  [one('Identity', ['c']), 'output c that is a constant'],
  [one('Relu', ['x']), 'input x with a batch of 2', { inputs: { x: [2, 3, 6, 5] } }],
  [one('Relu', ['x']), 'input x whose dimension 2 (height) is open', { inputs: { x: ['N', 3, 'height', 5] } }],
  [one('Relu', ['x']), 'opset 6 (7 to 22 are supported)', { opset: 6 }],
  [one('Relu', ['x']), 'opset 23 (7 to 22 are supported)', { opset: 23 }],
  [one('Add', ['x', 'k']), 'Add (making y) with k of type INT8', { constants: { k: { dataType: 3, dims: [1], rawData: Uint8Array.of(1) } } }],
  [one('Add', ['x', 'k']), 'Add (making y) with k, which has 2 elements for the shape [3]', { constants: { k: { dataType: 1, dims: [3], floatData: [1, 2] } } }],
  [one('Add', ['x', 'k']), 'Add (making y) with k, which has a broken number of elements for the shape [3]', { constants: { k: { dataType: 1, dims: [3], rawData: new Uint8Array(11) } } }],
  [one('Add', ['x', 'k']), 'Add (making y) with k, which has the shape [0]', { constants: { k: { dataType: 1, dims: [0] } } }],
])('%j', (nodes, what, more = {}) => {
  expect(messageOf(build(graph(nodes, more)))).toBe(uses(what));
}); // prettier-ignore

test('everything at once, each with its place; what follows from it is not reported again', () => {
  const nodes = [node('Erf', ['x'], ['a']), node('Relu', ['a'], ['b']), node('LRN', ['x'], ['l']), node('Conv', ['x', 'w'], ['d'], { group: 2 }), node('Concat', ['b', 'l', 'd'], ['y'])]; // prettier-ignore
  expect(messageOf(build(graph(nodes)))).toBe(
    uses('Erf (making a); LRN (making l); Conv (making d) in 2 groups of 3 channels (1 or 3 are supported)'),
  );
});

test('names cannot reach the terminal', () => {
  const message = messageOf(build(graph([node('A\u001b[31m', ['x'], ['y'])])));
  expect(message).toBe(uses('A\\x1b[31m (making y)'));
});

type Spoil = (proto: onnx.IModelProto & { graph: onnx.IGraphProto }) => void;
test.each<[string, Spoil, string]>([
  ['a cycle', ({ graph }) => (graph.node = [...modelProto({ inputs: {}, outputs: [], nodes: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])] }).graph.node!]), 'OPQ1102 net.onnx is damaged: Relu (making b) needs its own output.'],
  ['a circle of Identity', ({ graph }) => (graph.node = [...modelProto({ inputs: {}, outputs: [], nodes: [node('Identity', ['b'], ['y']), node('Identity', ['y'], ['b'])] }).graph.node!]), 'OPQ1102 net.onnx is damaged: y needs itself.'],
  ['a missing tensor', ({ graph }) => (graph.initializer = []), 'OPQ1102 net.onnx is damaged: Conv (making y) reads w, which nothing makes.'],
  ['a missing output', ({ graph }) => (graph.output = [valueInfo('q')]), 'OPQ1102 net.onnx is damaged: the graph reads q, which nothing makes.'],
  ['a value made twice', ({ graph }) => graph.node!.push({ ...graph.node![0] }), 'OPQ1102 net.onnx is damaged: Conv (making y) makes what is made already.'],
  ['an input listed twice', ({ graph }) => graph.input!.push(valueInfo('x', [1])), 'OPQ1102 net.onnx is damaged: it lists an input twice.'],
  ['no outputs', ({ graph }) => (graph.output = []), 'OPQ0101 Model net is not valid: the model has no output'],
  ['external data', ({ graph }) => Object.assign(graph.initializer![0]!, { dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }], rawData: null }), 'OPQ1104 net.onnx keeps tensors in other files: w.'],
  ['a function', (proto) => (proto.functions = [{ name: 'f' }]), uses('1 functions of its own')],
  ['a sparse initializer', ({ graph }) => (graph.sparseInitializer = [{ dims: [1] }]), uses('sparse initializers')],
  ['no opset', (proto) => (proto.opsetImport = [{ domain: 'com.acme', version: 1 }]), uses('no opset of ONNX')],
  ['an input of integers', ({ graph }) => (graph.input = [valueInfo('x', [1, 3, 6, 5], 7)]), uses('input x of type INT64')],
  ['an input without a shape', ({ graph }) => (graph.input = [valueInfo('x')]), uses('input x without a shape')],
  ['an input that is no tensor', ({ graph }) => (graph.input = [{ name: 'x' }]), uses('input x that is no tensor')],
  ['an input that is too large', ({ graph }) => (graph.input = [valueInfo('x', [1, 3, 2 ** 20, 2 ** 20])]), uses('input x of the shape [1, 3, 1048576, 1048576], which is too large')],
  ['a subgraph', ({ graph }) => (graph.node = [{ opType: 'If', input: ['x'], output: ['y'], attribute: [{ name: 'then_branch', type: 5, g: { node: [{ opType: 'Relu' }] } }] }]), uses('If (making y)')],
])('%s', (_, spoil, message) => {
  const proto = modelProto(graph(one('Conv', ['x', 'w'])));
  spoil(proto);
  const got = messageOf(encode(proto));
  expect(got.slice(0, message.length)).toBe(message);
}); // prettier-ignore
