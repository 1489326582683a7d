import fc from 'fast-check';
import { ModelAssembler, tensorOf, type Model, type WeightedLayer } from '@opq/ir';
import { generateModel } from '@opq/ir/testing';
import { foldBatchNorm, toFloatModel } from '../src';
import { weightedChain } from './graphs';
import { expectSameFunction } from './same-function';

const kinds = (model: Model): readonly string[] => model.layers.map((layer) => layer.kind);

test('folding keeps the function of networks with batch norm, and leaves no more layers', () => {
  let folded = 0;
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const model = weightedChain(seed, { norms: true });
      const result = foldBatchNorm(model);
      expectSameFunction(model, result, seed);
      expect(result.layers.length).toBeLessThanOrEqual(model.layers.length);
      folded += model.layers.length - result.layers.length;
      expect(foldBatchNorm(result)).toBe(result);
    }),
    { numRuns: 300 },
  );
  expect(folded).toBeGreaterThan(300);
});

test('folding keeps the function of networks of every operator', () => {
  fc.assert(
    fc.property(fc.nat(100_000), (seed) => {
      const { model } = toFloatModel(generateModel(seed).model);
      expectSameFunction(model, foldBatchNorm(model), seed, 1e-3);
    }),
    { numRuns: 200 },
  );
});

/** conv → mul → add (relu), as importers spell batch norm; `tail` may add what else reads it. */
function normed(bias: boolean, tail?: (a: ModelAssembler, conv: number) => void) {
  const a = new ModelAssembler();
  const input = a.input('input', [1, 2, 2, 1]);
  const conv = a.layer({
    kind: 'conv2d', name: 'conv', input, weights: a.constant('w', [2, 1, 1, 1], Float32Array.of(3, 5)), ...(bias && { bias: a.constant('b', [2], Float32Array.of(1, 2)) }), stride: [1, 1], dilation: [1, 1], padding: { mode: 'same' }, activation: 'none',
  }); // prettier-ignore
  const factor = a.constant('factor', [2], Float32Array.of(2, -4));
  const shift = a.constant('shift', [1, 1, 1, 2], Float32Array.of(10, 20));
  const scaled = a.layer({ kind: 'mul', name: 'scaled', inputs: [conv, factor], activation: 'none' });
  const out = a.layer({ kind: 'add', name: 'shifted', inputs: [shift, scaled], activation: 'relu' });
  tail?.(a, conv);
  return { a, conv, out };
}

test.each([true, false])('mul and add go into the convolution, which takes over the ReLU (bias: %s)', (bias) => {
  const { a, out } = normed(bias);
  const folded = foldBatchNorm(a.finish('net', [out]));
  expect(kinds(folded)).toEqual(['conv2d']);
  const layer = folded.layers[0] as WeightedLayer;
  expect([layer.name, layer.activation, layer.output]).toEqual(['conv', 'relu', out]);
  expect(tensorOf(folded, layer.weights).data).toEqual(Float32Array.of(6, -20));
  expect(tensorOf(folded, layer.bias!).data).toEqual(bias ? Float32Array.of(12, 12) : Float32Array.of(10, 20));
  expect(folded.tensors.filter((t) => t.name === 'factor' || t.name === 'shift').map((t) => t.data)).toEqual([undefined, undefined]);
}); // prettier-ignore

test('a tensor with another reader, or read as an output, is left alone', () => {
  const { a, conv, out } = normed(true, (assembler, id) =>
    assembler.layer({ kind: 'relu', name: 'other', input: id as never }),
  );
  const branched = a.finish('net', [out]);
  expect(foldBatchNorm(branched)).toBe(branched);
  const again = normed(true);
  const read = again.a.finish('net', [again.out, conv]);
  expect(foldBatchNorm(read)).toBe(read);
});

test('an addition in front of a padded convolution stays, a multiplication goes', () => {
  const build = (kind: 'add' | 'mul', mode: 'same' | 'valid') => {
    const a = new ModelAssembler();
    const input = a.input('input', [1, 4, 4, 1]);
    const other = a.constant('c', [1], Float32Array.of(2));
    const before = a.layer({ kind, name: 'before', inputs: [input, other], activation: 'none' });
    const weights = a.constant('w', [1, 3, 3, 1], new Float32Array(9).fill(1));
    const conv = a.layer({ kind: 'conv2d', name: 'conv', input: before, weights, stride: [1, 1], dilation: [1, 1], padding: { mode }, activation: 'relu' }); // prettier-ignore
    return kinds(foldBatchNorm(a.finish('net', [conv])));
  };
  expect(build('add', 'same')).toEqual(['add', 'conv2d']);
  expect(build('add', 'valid')).toEqual(['conv2d']);
  expect(build('mul', 'same')).toEqual(['conv2d']);
});

test('weights of several layers are left alone', () => {
  const a = new ModelAssembler();
  const input = a.input('input', [1, 2]);
  const weights = a.constant('w', [2, 2], Float32Array.of(1, 2, 3, 4));
  const first = a.layer({ kind: 'fullyConnected', name: 'a', input, weights, activation: 'none' }, [1, 2]);
  const factor = a.constant('factor', [2], Float32Array.of(2, 3));
  const scaled = a.layer({ kind: 'mul', name: 'm', inputs: [first, factor], activation: 'none' });
  const second = a.layer({ kind: 'fullyConnected', name: 'b', input: scaled, weights, activation: 'none' }, [1, 2]); // prettier-ignore
  const model = a.finish('net', [second]);
  expect(foldBatchNorm(model)).toBe(model);
});
