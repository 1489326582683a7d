import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { onnx } from 'onnx-proto';
import { tensorOf, type Model } from '@opq/ir';
import { loadModel } from '@opq/pipeline';
import { isOnnx, readOnnx } from '../src';
import { build, encode, floats, ints, modelProto, node, valueInfo, type GraphSpec } from './build';
import { bothWays, expectEqual, noise } from './compare';

/** Ways in which a file can say the same. */

const VALUES = [1, -0.5, 2, 0.25];
const spec = (w: onnx.ITensorProto, more: Partial<GraphSpec> = {}): GraphSpec => ({
  inputs: { x: [1, 4] },
  outputs: ['y'],
  nodes: [node('Add', ['x', 'w'], ['y'])],
  constants: { w },
  ...more,
});
const addend = (model: Model): readonly number[] => {
  const [layer] = model.layers;
  return layer?.kind === 'add' ? [...(tensorOf(model, layer.inputs[1]).data as Float32Array)] : [];
};
const HALVES = [0x3c00, 0xb800, 0x4000, 0x3400];

test.each<[string, onnx.ITensorProto]>([
  ['raw bytes', floats([4], VALUES)],
  ['float_data', { dataType: 1, dims: [4], floatData: VALUES }],
  ['float16, raw', { dataType: 10, dims: [4], rawData: new Uint8Array(Uint16Array.from(HALVES).buffer) }],
  ['float16, int32_data', { dataType: 10, dims: [4], int32Data: HALVES }],
  ['double, raw', { dataType: 11, dims: [4], rawData: new Uint8Array(Float64Array.from(VALUES).buffer) }],
  ['double_data', { dataType: 11, dims: [4], doubleData: VALUES }],
])('elements as %s', (_, tensor) => {
  expect(addend(readOnnx(build(spec(tensor)), 'x'))).toEqual(VALUES);
});

test('float16 that is small, infinite or not a number', () => {
  const tensor = { dataType: 10, dims: [4], int32Data: [0x0001, 0x7c00, 0xfc00, 0x7e00] };
  expect(addend(readOnnx(build(spec(tensor)), 'x'))).toEqual([2 ** -24, Infinity, -Infinity, NaN]);
});

test.each<[string, onnx.ITensorProto]>([
  ['raw', ints([1, 2, 2])],
  ['int64_data', { dataType: 7, dims: [3], int64Data: [1, 2, 2] }],
  ['int32, raw', { dataType: 6, dims: [3], rawData: new Uint8Array(Int32Array.of(1, 2, 2).buffer) }],
  ['int32_data', { dataType: 6, dims: [3], int32Data: [1, 2, 2] }],
])('a shape as %s', (_, shape) => {
  const model = readOnnx(build(spec(floats([4], VALUES), { nodes: [node('Reshape', ['x', 's'], ['y'])], constants: { s: shape } })), 'x'); // prettier-ignore
  expect(tensorOf(model, model.outputs[0]!).shape).toEqual([1, 2, 2]);
});

test.each([
  ['value', { value: { t: floats([4], VALUES) } }],
  ['value_float', { value_float: { f: 1.5 } }],
])('Constant with %s', async (_, attributes) => {
  await expectEqual(spec(floats([4], VALUES), { nodes: [node('Constant', [], ['c'], attributes), node('Sub', ['x', 'c'], ['y'])] })); // prettier-ignore
});

test('Constant with a list of integers, as a shape', async () => {
  await expectEqual(spec(floats([4], VALUES), { nodes: [node('Constant', [], ['s'], { value_ints: [1, 1, 2, 2] }), node('Reshape', ['x', 's'], ['y'])] }), { asTheyAre: ['y'] }); // prettier-ignore
});

test('initializers that are listed as inputs too are no inputs', async () => {
  const proto = modelProto(spec(floats([4], VALUES)));
  proto.irVersion = 3;
  proto.graph.input!.push(valueInfo('w', [4]));
  const { model, worst } = await bothWays(encode(proto), { inputs: { x: [1, 4] }, outputs: ['y'] });
  expect([worst < 1e-6, model.inputs.length]).toEqual([true, 1]);
});

test.each([7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22])('opset %d', async (opset) => {
  const axes = opset < 13 ? { inputs: ['p'], attributes: { axes: [2, 3] } } : { inputs: ['p', 'a'], attributes: {} }; // prettier-ignore
  await expectEqual({
    opset,
    inputs: { x: ['batch', 2, 6, 6] },
    outputs: ['y'],
    nodes: [
      node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }),
      opset < 11 ? node('Clip', ['c'], ['r'], { min: { f: 0 }, max: { f: 6 } }) : node('Clip', ['c', 'lo', 'hi'], ['r']),
      node('GlobalAveragePool', ['r'], ['p']),
      node('Squeeze', axes.inputs, ['v'], axes.attributes),
      node('Gemm', ['v', 'm', 'b'], ['d'], { transB: 1 }),
      node('Dropout', ['d'], ['e']),
      node('Softmax', ['e'], ['y'], { axis: 1 }),
    ],
    constants: {
      w: floats([4, 2, 3, 3], noise([72], 3)), m: floats([5, 4], noise([20], 4)), b: floats([5], noise([5], 5)),
      ...(opset >= 11 && { lo: floats([], [0]), hi: floats([], [6]) }), ...(opset >= 13 && { a: ints([2, 3]) }),
    },
  });
}); // prettier-ignore

test('operators out of order are put in order; what no output needs is left out', async () => {
  const nodes = [
    node('Relu', ['z'], ['y']),
    node('Add', ['x', 'w'], ['z']),
    node('NoSuchOperator', ['x'], ['dead']),
  ];
  const model = readOnnx(build(spec(floats([4], VALUES), { nodes })), 'x');
  expect(model.layers.map((layer) => [layer.kind, layer.name])).toEqual([['add', 'y']]);
});

test('names are kept, and told apart; the model is called as its file', () => {
  const nodes = [node('Add', ['x', 'w'], ['a']), node('Sigmoid', ['a'], ['y'])];
  const model = readOnnx(build(spec(floats([4], VALUES), { nodes })), 'some/where/net.v2.onnx');
  expect([model.name, ...model.layers.map((layer) => layer.name)]).toEqual(['net.v2', 'a', 'y']);
});

test('a file is known by its start, and loaded by the pipeline', async () => {
  const bytes = build(spec(floats([4], VALUES)));
  expect(isOnnx(bytes)).toBe(true);
  expect(isOnnx(Buffer.concat([Buffer.of(1), bytes]).subarray(1))).toBe(true);
  // Cut off behind its start it is still ONNX, and then damaged.
  expect(isOnnx(bytes.subarray(0, bytes.length - 10))).toBe(true);
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  for (const other of [new Uint8Array(), Uint8Array.of(8), Uint8Array.of(8, 7), png, new TextEncoder().encode('{"a":1}'), encode({ irVersion: 8 }), encode({ producerName: 'x' }), new Uint8Array(100)]) // prettier-ignore
    expect(isOnnx(other)).toBe(false);
  const folder = mkdtempSync(join(tmpdir(), 'opq-onnx-'));
  try {
    const place = join(folder, 'net.onnx');
    writeFileSync(place, bytes);
    expect(isOnnx(readFileSync(place))).toBe(true);
    expect((await loadModel(place)).layers).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
