import { ModelAssembler, ShapeProblem, tensorOf } from '../src';

test('shapes follow from the layers, names become unique, and the model is sound', () => {
  const build = new ModelAssembler();
  const input = build.input('image', [1, 8, 8, 3]);
  const weights = build.constant('w', [4, 3, 3, 3], new Float32Array(108));
  const conv = { kind: 'conv2d', name: 'conv', weights, stride: [2, 2], dilation: [1, 1], padding: { mode: 'same' }, activation: 'relu' } as const; // prettier-ignore
  const a = build.layer({ ...conv, input });
  const b = build.layer({ kind: 'relu', name: 'conv', input: a });
  const flat = build.layer({ kind: 'reshape', name: '', input: b }, [1, 64]);
  expect(build.shape(a)).toEqual([1, 4, 4, 4]);
  expect(build.data(weights)).toHaveLength(108);
  expect(build.data(a)).toBeUndefined();
  const model = build.finish('net', [flat]);
  expect(model.layers.map((l) => l.name)).toEqual(['conv', 'conv#2', 'layer 2']);
  expect(tensorOf(model, flat).shape).toEqual([1, 64]);
});

test('a layer that does not fit says why', () => {
  const build = new ModelAssembler();
  const input = build.input('image', [1, 8, 8, 3]);
  const other = build.input('other', [1, 7, 8, 3]);
  expect(() => build.layer({ kind: 'add', name: 'sum', inputs: [input, other], activation: 'none' })).toThrow(
    new ShapeProblem('its inputs cannot be broadcast together'),
  );
});
