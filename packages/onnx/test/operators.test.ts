import fc from 'fast-check';
import { isWeighted, resolvePadding, tensorOf } from '@opq/ir';
import { floats, ints, node, type GraphSpec, type NodeSpec } from './build';
import { expectEqual, noise } from './compare';

const weights = (shape: readonly number[], seed = 7) => floats(shape, noise(shape, seed));
const IMAGE = [1, 3, 6, 5] as const;

/** A graph of one operator, or of a few, from x to y. */
const graph = (
  nodes: readonly NodeSpec[],
  constants: GraphSpec['constants'] = {},
  more: Partial<GraphSpec> = {},
): GraphSpec => ({ inputs: { x: IMAGE }, outputs: ['y'], nodes, constants, ...more });

const conv = (attributes: NodeSpec['attributes'] = {}, output = 'y') =>
  node('Conv', ['x', 'w'], [output], attributes);
const bn = { gamma: floats([3], [1, -2, 0.5]), beta: floats([3], [0.3, 0, -1]), mean: floats([3], [1, 2, -0.5]), variance: floats([3], [0.5, 3, 1e-6]) }; // prettier-ignore

test.each<[string, GraphSpec, readonly string[]]>([
  ['Conv', graph([conv()], { w: weights([4, 3, 3, 2]) }), ['conv2d']],
  ['Conv, bias, Relu', graph([node('Conv', ['x', 'w', 'b'], ['z']), node('Relu', ['z'], ['y'])], { w: weights([4, 3, 3, 2]), b: weights([4]) }), ['conv2d+relu']],
  ['Conv, depthwise', graph([conv({ group: 3 })], { w: weights([3, 1, 3, 2]) }), ['depthwiseConv2d']],
  ['Conv, depthwise with multiplier', graph([conv({ group: 3 })], { w: weights([6, 1, 3, 2]) }), ['depthwiseConv2d']],
  ['Conv, SAME_UPPER', graph([conv({ auto_pad: 'SAME_UPPER', strides: [2, 2] })], { w: weights([4, 3, 3, 3]) }), ['conv2d']],
  ['Conv, SAME_LOWER', graph([conv({ auto_pad: 'SAME_LOWER', strides: [2, 2] })], { w: weights([4, 3, 3, 2]) }), ['conv2d']],
  ['Conv, VALID', graph([conv({ auto_pad: 'VALID' })], { w: weights([4, 3, 3, 2]) }), ['conv2d']],
  ['Conv, Identity, Dropout, Relu', graph([conv({}, 'a'), node('Identity', ['a'], ['b']), node('Dropout', ['b'], ['c']), node('Relu', ['c'], ['y'])], { w: weights([4, 3, 3, 2]) }), ['conv2d+relu']],
  ['Conv whose output two read is not fused', graph([conv({}, 'a'), node('Relu', ['a'], ['b']), node('Add', ['a', 'b'], ['y'])], { w: weights([4, 3, 3, 2]) }), ['conv2d', 'relu', 'add']],
  ['Conv whose output is an output is not fused', graph([conv({}, 'z'), node('Relu', ['z'], ['y'])], { w: weights([4, 3, 3, 2]) }, { outputs: ['z', 'y'] }), ['conv2d', 'relu']],
  ['Clip to relu6', graph([conv({}, 'z'), node('Clip', ['z', 'lo', 'hi'], ['y'])], { w: weights([4, 3, 3, 2]), lo: floats([], [0]), hi: floats([], [6]) }), ['conv2d+relu6']],
  ['Clip to relu', graph([conv({}, 'z'), node('Clip', ['z', 'lo'], ['y'])], { w: weights([4, 3, 3, 2]), lo: floats([], [0]) }), ['conv2d+relu']],
  ['Clip, by attributes', graph([conv({}, 'z'), node('Clip', ['z'], ['y'], { min: { f: 0 }, max: { f: 6 } })], { w: weights([4, 3, 3, 2]) }, { opset: 10 }), ['conv2d+relu6']],
  ['Clip alone', graph([node('Clip', ['x', 'lo', 'hi'], ['y'])], { lo: floats([], [0]), hi: floats([], [3.4028235e38]) }), ['relu']],
  ['MaxPool', graph([node('MaxPool', ['x'], ['y'], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] })]), ['maxPool2d']],
  ['MaxPool, Relu', graph([node('MaxPool', ['x'], ['z'], { kernel_shape: [2, 2] }), node('Relu', ['z'], ['y'])]), ['maxPool2d+relu']],
  ['MaxPool, ceil_mode without a difference', graph([node('MaxPool', ['x'], ['y'], { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 })]), ['maxPool2d']],
  ['AveragePool', graph([node('AveragePool', ['x'], ['y'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 2, 0, 1] })]), ['averagePool2d']],
  ['AveragePool, count_include_pad without a padding', graph([node('AveragePool', ['x'], ['y'], { kernel_shape: [2, 2], count_include_pad: 1 })]), ['averagePool2d']],
  ['GlobalAveragePool', graph([node('GlobalAveragePool', ['x'], ['y'])]), ['mean']],
  ['GlobalMaxPool', graph([node('GlobalMaxPool', ['x'], ['y'])]), ['maxPool2d']],
  ['ReduceMean, spatial', graph([node('ReduceMean', ['x'], ['y'], { axes: [2, 3] })]), ['mean']],
  ['ReduceMean, from the end', graph([node('ReduceMean', ['x'], ['y'], { axes: [-1, -2], keepdims: 0 })]), ['mean']],
  ['ReduceMean, axes as input', graph([node('ReduceMean', ['x', 'a'], ['y'])], { a: ints([2, 3]) }, { opset: 18 }), ['mean']],
  ['ReduceMean, rows then columns', graph([node('ReduceMean', ['x'], ['z'], { axes: [2], keepdims: 0 }), node('ReduceMean', ['z'], ['y'], { axes: [2], keepdims: 0 })]), ['mean', 'mean']],
  ['ReduceMean, channels', graph([node('ReduceMean', ['x'], ['y'], { axes: [1], keepdims: 0 })]), ['mean']],
  ['ReduceMean, all', graph([node('ReduceMean', ['x'], ['y'])]), ['mean']],
  ['ReduceMean, no axes', graph([node('ReduceMean', ['x'], ['z'], { noop_with_empty_axes: 1 }), node('Relu', ['z'], ['y'])], {}, { opset: 18 }), ['relu']],
  ['BatchNormalization', graph([node('BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], ['y'])], bn), ['mul', 'add']],
  ['BatchNormalization, epsilon, Relu', graph([node('BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], ['z'], { epsilon: { f: 0.1 } }), node('Relu', ['z'], ['y'])], bn), ['mul', 'add+relu']],
  ['BatchNormalization of a vector', graph([node('BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], ['y'])], bn, { inputs: { x: [1, 3] } }), ['mul', 'add']],
  ['BatchNormalization of a sequence', graph([node('BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], ['y'])], bn, { inputs: { x: [1, 3, 4] } }), ['mul', 'add']],
  ['Add of a constant per channel', graph([node('Add', ['x', 'c'], ['y'])], { c: weights([3, 1, 1]) }), ['add']],
  ['Mul by a constant per row and channel', graph([node('Mul', ['c', 'x'], ['y'])], { c: weights([1, 3, 6, 1]) }), ['mul']],
  ['Mul by a constant per column', graph([node('Mul', ['x', 'c'], ['y'])], { c: weights([5]) }), ['mul']],
  ['Sub from a constant image', graph([node('Sub', ['c', 'x'], ['y'])], { c: weights(IMAGE) }), ['sub']],
  ['Sub of a scalar, Relu', graph([node('Sub', ['x', 'c'], ['z']), node('Relu', ['z'], ['y'])], { c: floats([], [0.5]) }), ['sub+relu']],
  ['Add of a constant that is larger', graph([node('Add', ['x', 'c'], ['y'])], { c: weights([2, 4, 3]) }, { inputs: { x: [1, 3] } }), ['add']],
  ['Add of two', graph([node('Add', ['x', 'x'], ['y'])]), ['add']],
  ['Mul by one per channel, either way round', graph([node('GlobalAveragePool', ['x'], ['a']), node('Sigmoid', ['a'], ['s']), node('Mul', ['s', 'x'], ['z']), node('Mul', ['z', 's'], ['y'])]), ['mean', 'logistic', 'mul', 'mul']],
  ['Mul by one per pixel', graph([node('ReduceMean', ['x'], ['a'], { axes: [1] }), node('Mul', ['x', 'a'], ['y'])]), ['mean', 'mul']],
  ['Concat of channels', graph([node('Relu', ['x'], ['a']), node('Concat', ['x', 'a', 'x'], ['y'], { axis: 1 })]), ['relu', 'concatenation']],
  ['Concat of columns', graph([node('Relu', ['x'], ['a']), node('Concat', ['x', 'a'], ['y'], { axis: -1 })]), ['relu', 'concatenation']],
  ['Concat of vectors', graph([node('Sigmoid', ['x'], ['a']), node('Concat', ['x', 'a'], ['y'], { axis: 1 })], {}, { inputs: { x: [1, 4] } }), ['logistic', 'concatenation']],
  ['Pad', graph([node('Pad', ['x', 'p'], ['y'])], { p: ints([0, 0, 1, 2, 0, 1, 0, 3]) }), ['pad']],
  ['Pad, zero by input', graph([node('Pad', ['x', 'p', 'v'], ['y'])], { p: ints([0, 0, 1, 2, 0, 1, 0, 3]), v: floats([], [0]) }), ['pad']],
  ['Pad, by attribute', graph([node('Pad', ['x'], ['y'], { pads: [0, 0, 1, 2, 0, 1, 0, 3] })], {}, { opset: 7 }), ['pad']],
  ['Pad, some axes', graph([node('Pad', ['x', 'p', '', 'a'], ['y'])], { p: ints([1, 2, 3, 4]), a: ints([-1, 2]) }, { opset: 18 }), ['pad']],
  ['Softmax over channels', graph([node('Softmax', ['x'], ['y'], { axis: 1 })]), ['softmax']],
  ['Softmax over all but the batch', graph([node('Softmax', ['x'], ['y'])], {}, { opset: 11 }), ['reshape', 'softmax', 'reshape']],
  ['Softmax of a vector', graph([node('Softmax', ['x'], ['y'])], {}, { inputs: { x: [1, 9] } }), ['softmax']],
  ['Sigmoid', graph([node('Sigmoid', ['x'], ['y'])]), ['logistic']],
  ['Cast between floats', graph([node('Cast', ['x'], ['z'], { to: 1 }), node('Relu', ['z'], ['y'])]), ['relu']],
  ['Cast of a constant', graph([node('Cast', ['c'], ['f'], { to: 1 }), node('Add', ['x', 'f'], ['y'])], { c: ints([1, 2, 3, 4, 5]) }), ['add']],
])('%s', async (_, spec, kinds) => {
  expect((await expectEqual(spec)).kinds).toEqual(kinds);
}); // prettier-ignore

const VECTOR = { inputs: { x: [1, 6] as const } };
test.each<[string, GraphSpec, readonly string[]]>([
  ['Gemm', graph([node('Gemm', ['x', 'w', 'b'], ['y'])], { w: weights([6, 4]), b: weights([4]) }, VECTOR), ['fullyConnected']],
  ['Gemm, all it has', graph([node('Gemm', ['x', 'w', 'b'], ['z'], { transB: 1, alpha: { f: 0.5 }, beta: { f: -3 } }), node('Relu', ['z'], ['y'])], { w: weights([4, 6]), b: weights([1, 4]) }, VECTOR), ['fullyConnected+relu']],
  ['Gemm, scalar bias', graph([node('Gemm', ['x', 'w', 'b'], ['y'])], { w: weights([6, 4]), b: floats([1], [2]) }, VECTOR), ['fullyConnected']],
  ['Gemm, no bias', graph([node('Gemm', ['x', 'w'], ['y'])], { w: weights([6, 4]) }, VECTOR), ['fullyConnected']],
  ['Gemm of rows', graph([node('Gemm', ['x', 'w', 'b'], ['y'])], { w: weights([6, 4]), b: weights([4]) }, { inputs: { x: [3, 6] } }), ['fullyConnected']],
  ['MatMul', graph([node('MatMul', ['x', 'w'], ['y'])], { w: weights([6, 4]) }, VECTOR), ['fullyConnected']],
  ['MatMul, Add, Relu', graph([node('MatMul', ['x', 'w'], ['z']), node('Add', ['b', 'z'], ['a']), node('Relu', ['a'], ['y'])], { w: weights([6, 4]), b: weights([4]) }, VECTOR), ['fullyConnected+relu']],
  ['MatMul that two read', graph([node('MatMul', ['x', 'w'], ['z']), node('Add', ['z', 'b'], ['a']), node('Add', ['a', 'z'], ['y'])], { w: weights([6, 4]), b: weights([4]) }, VECTOR), ['fullyConnected', 'add', 'add']],
  ['MatMul, Add of a value', graph([node('MatMul', ['x', 'w'], ['z']), node('Relu', ['x'], ['r']), node('Add', ['z', 'r'], ['y'])], { w: weights([6, 6]) }, VECTOR), ['fullyConnected', 'relu', 'add']],
  ['MatMul, Add of another size', graph([node('MatMul', ['x', 'w'], ['z']), node('Add', ['z', 'b'], ['y'])], { w: weights([6, 4]), b: weights([3, 4]) }, VECTOR), ['fullyConnected', 'add']],
  ['MatMul of a sequence', graph([node('MatMul', ['x', 'w'], ['z']), node('Add', ['z', 'b'], ['y'])], { w: weights([6, 4]), b: weights([4]) }, { inputs: { x: [1, 5, 6] } }), ['fullyConnected']],
  ['MatMul with a transposed constant', graph([node('Transpose', ['w'], ['t']), node('MatMul', ['x', 't'], ['y'])], { w: weights([4, 6]) }, VECTOR), ['fullyConnected']],
  ['weights that two use', graph([node('MatMul', ['x', 'w'], ['a']), node('MatMul', ['a', 'w'], ['y'])], { w: weights([6, 6]) }, VECTOR), ['fullyConnected', 'fullyConnected']],
])('%s', async (_, spec, kinds) => {
  const { model, kinds: got } = await expectEqual(spec);
  expect(got).toEqual(kinds);
  if (_ === 'weights that two use')
    expect(new Set(model.layers.filter(isWeighted).map((l) => l.weights)).size).toBe(1);
}); // prettier-ignore

/** What keeps, turns or spoils the order of a flattened image before it meets dense weights. */
test.each<[string, readonly NodeSpec[], GraphSpec['constants'], readonly string[]]>([
  ['Flatten', [node('Flatten', ['x'], ['v'])], {}, ['reshape']],
  ['Reshape', [node('Reshape', ['x', 's'], ['v'])], { s: ints([0, -1]) }, ['reshape']],
  ['Flatten, Relu, Dropout, Sigmoid', [node('Flatten', ['x'], ['a']), node('Relu', ['a'], ['b']), node('Dropout', ['b'], ['c']), node('Sigmoid', ['c'], ['v'])], {}, ['reshape', 'relu', 'logistic']],
  ['Flatten, BatchNormalization', [node('Flatten', ['x'], ['a']), node('BatchNormalization', ['a', 'g', 'b', 'm', 'n'], ['v'])], { g: weights([90], 1), b: weights([90], 2), m: weights([90], 3), n: floats([90], noise([90], 4).map((v) => v * v + 1)) }, ['reshape', 'mul', 'add']],
  ['Flatten, Add, Mul', [node('Flatten', ['x'], ['a']), node('Add', ['a', 'c'], ['b']), node('Mul', ['b', 'a'], ['v'])], { c: weights([1, 90]) }, ['reshape', 'add', 'mul']],
  ['Flatten, Softmax', [node('Flatten', ['x'], ['a']), node('Softmax', ['a'], ['v'])], {}, ['reshape', 'softmax']],
  ['Transpose to NHWC, Flatten', [node('Transpose', ['x'], ['a'], { perm: [0, 2, 3, 1] }), node('Flatten', ['a'], ['v'])], {}, ['reshape']],
  ['Transpose of rows and columns, Flatten', [node('Transpose', ['x'], ['a'], { perm: [0, 1, 3, 2] }), node('Flatten', ['a'], ['v'])], {}, ['reshape']],
  ['Reshape in steps', [node('Reshape', ['x', 's'], ['a']), node('Reshape', ['a', 't'], ['b']), node('Flatten', ['b'], ['v'])], { s: ints([1, 3, 30]), t: ints([1, 3, 10, 3]) }, ['reshape']],
  ['Squeeze, Unsqueeze', [node('Squeeze', ['x', 'a'], ['c']), node('Unsqueeze', ['c', 'b'], ['d']), node('Flatten', ['d'], ['v'])], { a: ints([0]), b: ints([0]) }, ['reshape']],
  ['an image again in between', [node('Flatten', ['x'], ['a']), node('Reshape', ['a', 's'], ['b']), node('MaxPool', ['b'], ['c'], { kernel_shape: [1, 1] }), node('Flatten', ['c'], ['v'])], { s: ints([1, 3, 6, 5]) }, ['reshape', 'reshape', 'maxPool2d', 'reshape']],
])('dense weights behind %s', async (_, nodes, constants, kinds) => {
  const dense = { w: weights([90, 4]), wt: weights([4, 90]), bias: weights([4]) };
  for (const last of [node('Gemm', ['v', 'wt', 'bias'], ['y'], { transB: 1 }), node('MatMul', ['v', 'w'], ['y'])]) {
    const { kinds: got } = await expectEqual(graph([...nodes, last], { ...constants, ...dense }));
    expect(got).toEqual([...kinds, 'fullyConnected']);
  }
}); // prettier-ignore

test('a dense layer over the channels of each pixel', async () => {
  const nodes = [node('Reshape', ['x', 's'], ['a']), node('Transpose', ['a'], ['b'], { perm: [0, 2, 1] }), node('MatMul', ['b', 'w'], ['y'])]; // prettier-ignore
  const { kinds } = await expectEqual(graph(nodes, { s: ints([1, 3, -1]), w: weights([3, 4]) }));
  expect(kinds).toEqual(['fullyConnected']);
});

test('vectors of images with one pixel, or one channel, are in both orders at once', async () => {
  for (const shape of [
    [1, 7, 1, 1],
    [1, 1, 5, 4],
  ] as const) {
    const { kinds } = await expectEqual(graph([node('Flatten', ['x'], ['a']), node('Concat', ['a', 'a'], ['y'])].map((n) => ({ ...n, ...(n.op === 'Concat' && { attributes: { axis: 1 } }) })), {}, { inputs: { x: shape } })); // prettier-ignore
    expect(kinds).toEqual(['reshape', 'concatenation']);
  }
});

const pads = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(3)));
const size = (least: number, most: number) => fc.integer({ min: least, max: most });

test('convolutions of any shape', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        channels: size(1, 4), height: size(1, 9), width: size(1, 9), kernel: fc.tuple(size(1, 4), size(1, 4)), outputs: size(1, 5),
        strides: fc.tuple(size(1, 3), size(1, 3)), dilations: fc.tuple(size(1, 2), size(1, 2)), drawn: pads, same: fc.boolean(), depthwise: fc.boolean(), bias: fc.boolean(),
        seed: fc.nat(1000),
      }),
      async ({ channels, height, width, kernel, outputs, strides, dilations, drawn, same, depthwise, bias, seed }) => {
        const { top, left, bottom, right } = resolvePadding({ mode: 'same' }, [height, width], kernel, strides, dilations);
        const pads = same ? [top, left, bottom, right] : drawn;
        const extent = (i: 0 | 1) => (kernel[i] - 1) * dilations[i] + 1;
        fc.pre(height + pads[0]! + pads[2]! >= extent(0) && width + pads[1]! + pads[3]! >= extent(1));
        const total = depthwise ? channels * outputs : outputs;
        const constants = { w: weights([total, depthwise ? 1 : channels, ...kernel], seed), ...(bias && { b: weights([total], seed + 1) }) };
        const attributes = { kernel_shape: kernel, strides, dilations, pads, group: depthwise ? channels : 1 };
        const spec = graph([node('Conv', ['x', 'w', ...(bias ? ['b'] : [])], ['y'], attributes)], constants, { inputs: { x: ['N', channels, height, width].map((d, i) => (i === 0 ? 'N' : d)) } });
        const { model } = await expectEqual(spec, { seed });
        const [layer] = model.layers;
        if (layer?.kind === 'conv2d' || layer?.kind === 'depthwiseConv2d') seen.add(`${layer.kind} ${layer.padding.mode}`);
      },
    ),
    { numRuns: 150 },
  );
  expect([...seen].sort()).toEqual(['conv2d', 'depthwiseConv2d'].flatMap((kind) => ['explicit', 'same', 'valid'].map((mode) => `${kind} ${mode}`)));
}, 60_000); // prettier-ignore

test('pools of any shape, and auto_pad', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        op: fc.constantFrom('MaxPool', 'AveragePool'), channels: size(1, 3), height: size(3, 9), width: size(3, 9), kernel: fc.tuple(size(1, 3), size(1, 3)),
        strides: fc.tuple(size(1, 3), size(1, 3)), pads, auto: fc.constantFrom('SAME_UPPER', 'SAME_LOWER', 'VALID', undefined), seed: fc.nat(1000),
      }),
      async ({ op, channels, height, width, kernel, strides, pads, auto, seed }) => {
        const smaller = pads.map((pad, i) => Math.min(pad, kernel[(i % 2) as 0 | 1] - 1));
        fc.pre(auto === undefined || strides.every((s, i) => s <= kernel[i as 0 | 1]));
        const attributes = { kernel_shape: kernel, strides, ...(auto === undefined ? { pads: smaller } : { auto_pad: auto }) };
        await expectEqual(graph([node(op, ['x'], ['y'], attributes)], {}, { inputs: { x: [1, channels, height, width] } }), { seed });
      },
    ),
    { numRuns: 150 },
  );
}, 60_000); // prettier-ignore

test('explicit pads that are TensorFlow’s are recognised', async () => {
  const modeOf = async (attributes: NodeSpec['attributes']) => {
    const { model } = await expectEqual(graph([conv(attributes)], { w: weights([4, 3, 3, 3]) }));
    const [layer] = model.layers;
    return layer?.kind === 'conv2d' ? layer.padding : undefined;
  };
  expect(await modeOf({ pads: [1, 1, 1, 1] })).toEqual({ mode: 'same' });
  expect(await modeOf({ pads: [0, 1, 1, 1], strides: [2, 2] })).toEqual({ mode: 'same' });
  expect(await modeOf({ pads: [1, 1, 1, 1], strides: [2, 2] })).toEqual({ mode: 'explicit', top: 1, left: 1, bottom: 1, right: 1 }); // prettier-ignore
  expect(await modeOf({ pads: [0, 0, 0, 0] })).toEqual({ mode: 'valid' });
  expect(await modeOf({ auto_pad: 'SAME_LOWER' })).toEqual({ mode: 'same' });
});

test('constants of batch normalisation have the shape [C], and the values computed in double', async () => {
  const { model } = await expectEqual(
    graph([node('BatchNormalization', ['x', 'gamma', 'beta', 'mean', 'variance'], ['y'])], bn),
  );
  const [scale, offset] = model.layers.map((layer) =>
    'inputs' in layer ? tensorOf(model, layer.inputs[1]!) : undefined,
  );
  const computed = 0.5 / Math.sqrt(Math.fround(1e-6) + Math.fround(1e-5));
  expect([scale!.shape, offset!.shape]).toEqual([[3], [3]]);
  expect((scale!.data as Float32Array)[2]).toBe(Math.fround(computed));
  expect((offset!.data as Float32Array)[2]).toBe(Math.fround(-1 + 0.5 * computed));
});

const TURN = node('Transpose', ['x'], ['n'], { perm: [0, 3, 1, 2] });
test.each<[string, readonly NodeSpec[], readonly string[]]>([
  ['directly', [TURN, node('Conv', ['n', 'w'], ['y'])], []],
  ['and back at the end', [TURN, node('Conv', ['n', 'w'], ['z']), node('Transpose', ['z'], ['y'], { perm: [0, 2, 3, 1] })], ['y']],
  ['after scaling', [node('Mul', ['x', 'c'], ['a']), { ...TURN, inputs: ['a'] }, node('Conv', ['n', 'w'], ['y'])], []],
  ['twice', [TURN, node('Transpose', ['x'], ['m'], { perm: [0, 3, 1, 2] }), node('Add', ['n', 'm'], ['s']), node('Conv', ['s', 'w'], ['y'])], []],
])('an input that the file turns from NHWC stays as it is: %s', async (_, nodes, outputs) => {
  const spec = { inputs: { x: [1, 6, 5, 3] }, outputs: ['y'], nodes, constants: { w: weights([4, 3, 3, 2]), c: weights([3]) } };
  const { kinds } = await expectEqual(spec, { asTheyAre: ['x', ...outputs] });
  expect(kinds).toContain('conv2d');
  expect(kinds).not.toContain('reshape');
}); // prettier-ignore

test('several inputs and outputs, in their order', async () => {
  const nodes = [node('Add', ['b', 'x'], ['s']), node('Gemm', ['v', 'w'], ['g']), node('MaxPool', ['s'], ['p'], { kernel_shape: [2, 2] })]; // prettier-ignore
  const { model } = await expectEqual({ inputs: { x: IMAGE, v: [1, 4], b: IMAGE }, outputs: ['p', 'g', 's'], nodes, constants: { w: weights([4, 2]) } }); // prettier-ignore
  expect(model.inputs.map((id) => tensorOf(model, id).name)).toEqual(['x', 'v', 'b']);
  expect(model.outputs.map((id) => tensorOf(model, id).shape)).toEqual([[1, 5, 4, 3], [1, 2], [1, 6, 5, 3]]); // prettier-ignore
});
