import fc from 'fast-check';
import type { Activation, TensorId } from '@opq/ir';
import { RUNTIMES } from './support/engines';
import { expectGradients } from './support/gradients';
import { Builder } from './support/networks';

const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'relu6'];
const IMAGE = [1, 3, 4, 5];

/** A network of one or a few layers, from its input to its output. */
type Make = (b: Builder) => TensorId;

/** Every kind of layer without a window, in the forms that are written differently. */
const NETWORKS: Readonly<Record<string, Make>> = {
  'fullyConnected of an image, flattened in the order of the IR': (b) => {
    const input = b.input(IMAGE);
    const weights = b.constant([7, 60]);
    return b.layer({ kind: 'fullyConnected', name: 'dense', input, weights, activation: 'none' }, [1, 7]);
  },
  'fullyConnected over the channels of an image': (b) => {
    const input = b.input(IMAGE);
    const [weights, bias] = [b.constant([3, 5]), b.constant([3])];
    return b.layer(
      { kind: 'fullyConnected', name: 'dense', input, weights, bias, activation: 'relu' },
      [1, 3, 4, 3],
    );
  },
  'fullyConnected of rows': (b) => {
    const input = b.input([1, 10]);
    const [weights, bias] = [b.constant([3, 5]), b.constant([3])];
    return b.layer(
      { kind: 'fullyConnected', name: 'dense', input, weights, bias, activation: 'relu6' },
      [2, 3],
    );
  },
  'reshape from an image to rows and back to another image': (b) => {
    const input = b.input(IMAGE);
    const rows = b.layer({ kind: 'reshape', name: 'flat', input }, [1, 60]);
    const halves = b.layer({ kind: 'reshape', name: 'halves', input: rows }, [2, 30]);
    const image = b.layer({ kind: 'reshape', name: 'image', input: halves }, [1, 5, 2, 6]);
    const weights = b.constant([1, 2, 2, 6]);
    return b.layer({
      kind: 'depthwiseConv2d', name: 'after', input: image, weights, stride: [1, 1], dilation: [1, 1],
      padding: { mode: 'same' }, activation: 'none', depthMultiplier: 1,
    }); // prettier-ignore
  },
  'reshape that leaves no dimension of one sample': (b) => {
    const input = b.input([1, 6]);
    const flat = b.layer({ kind: 'reshape', name: 'flat', input }, [6]);
    const weights = b.constant([2, 3]);
    return b.layer(
      { kind: 'fullyConnected', name: 'dense', input: flat, weights, activation: 'none' },
      [2, 2],
    );
  },
  'mean over rows and columns': (b) =>
    b.layer({ kind: 'mean', name: 'mean', input: b.input(IMAGE), axes: [1, 2], keepDims: false }),
  'mean over columns, kept': (b) =>
    b.layer({ kind: 'mean', name: 'mean', input: b.input(IMAGE), axes: [2], keepDims: true }),
  'mean over rows, dropped': (b) =>
    b.layer({ kind: 'mean', name: 'mean', input: b.input(IMAGE), axes: [1], keepDims: false }),
  'mean over sample, channels': (b) =>
    b.layer({ kind: 'mean', name: 'mean', input: b.input(IMAGE), axes: [0, 3], keepDims: false }),
  'pad of rows, columns and channels': (b) =>
    b.layer({ kind: 'pad', name: 'pad', input: b.input(IMAGE), paddings: [[0, 0], [1, 2], [0, 3], [2, 1]] }), // prettier-ignore
  'pad in front of the sample': (b) =>
    b.layer({ kind: 'pad', name: 'pad', input: b.input([1, 3]), paddings: [[1, 0], [0, 2]] }), // prettier-ignore
  'softmax over rows': (b) => {
    const softmax = b.layer({ kind: 'softmax', name: 'softmax', input: b.input([1, 4, 3]), beta: 1.5 });
    return b.layer({ kind: 'mul', name: 'after', inputs: [softmax, b.constant([4, 1])], activation: 'none' });
  },
  'softmax of a single number': (b) => {
    const input = b.layer({ kind: 'reshape', name: 'number', input: b.input([1, 1]) }, [1]);
    const softmax = b.layer({ kind: 'softmax', name: 'softmax', input, beta: 1 });
    return b.layer({ kind: 'add', name: 'after', inputs: [softmax, input], activation: 'none' });
  },
  'softmax over channels, in the middle': (b) => {
    const input = b.layer({ kind: 'softmax', name: 'softmax', input: b.input(IMAGE), beta: 0.5 });
    const weights = b.constant([2, 60]);
    return b.layer({ kind: 'fullyConnected', name: 'dense', input, weights, activation: 'none' }, [1, 2]);
  },
  logistic: (b) => b.layer({ kind: 'logistic', name: 'logistic', input: b.input(IMAGE) }),
  relu: (b) => b.layer({ kind: 'relu', name: 'relu', input: b.input(IMAGE) }),
  relu6: (b) => b.layer({ kind: 'relu6', name: 'relu6', input: b.input(IMAGE) }),
  'one tensor read by several layers, and twice by one': (b) => {
    const input = b.input([1, 6]);
    const gate = b.layer({ kind: 'logistic', name: 'gate', input });
    const square = b.layer({ kind: 'mul', name: 'square', inputs: [gate, gate], activation: 'none' });
    const sum = b.layer({ kind: 'add', name: 'sum', inputs: [square, gate], activation: 'none' });
    return b.layer({ kind: 'mul', name: 'product', inputs: [sum, input], activation: 'none' });
  },
  'weights read by several layers': (b) => {
    const input = b.input([1, 4]);
    const [weights, bias] = [b.constant([4, 4]), b.constant([4])];
    const first = b.layer(
      { kind: 'fullyConnected', name: 'first', input, weights, bias, activation: 'relu' },
      [1, 4],
    );
    return b.layer(
      { kind: 'fullyConnected', name: 'second', input: first, weights, bias, activation: 'none' },
      [1, 4],
    );
  },
  'a weight that is an operand too': (b) => {
    const input = b.input([1, 4]);
    const weights = b.constant([4, 4]);
    const rows = b.layer(
      { kind: 'fullyConnected', name: 'dense', input, weights, activation: 'none' },
      [1, 4],
    );
    return b.layer({ kind: 'mul', name: 'product', inputs: [rows, weights], activation: 'none' });
  },
  'concatenation of rows into samples of two': (b) => {
    const input = b.input([1, 4]);
    const relu = b.layer({ kind: 'relu', name: 'relu', input });
    const both = b.layer({
      kind: 'concatenation',
      name: 'both',
      inputs: [relu, input],
      axis: 0,
      activation: 'none',
    });
    return b.layer({
      kind: 'concatenation',
      name: 'more',
      inputs: [both, input],
      axis: 0,
      activation: 'relu6',
    });
  },
  'concatenation with a constant': (b) => {
    const input = b.input(IMAGE);
    const constant = b.constant([1, 3, 4, 2]);
    return b.layer({
      kind: 'concatenation',
      name: 'both',
      inputs: [constant, input],
      axis: 3,
      activation: 'none',
    });
  },
};

describe.each(RUNTIMES)('layers, %s', (runtime) => {
  it.each(Object.entries(NETWORKS))('%s', async (_, make) => {
    for (const seed of [1, 2, 3]) {
      const b = new Builder(seed);
      await expectGradients(b.finish(make(b)), { runtime, seed, spread: 3 });
    }
  });

  it.each([1, 2, 3])('concatenation along axis %d', async (axis) => {
    const b = new Builder(axis);
    const input = b.input(IMAGE);
    const other = b.layer({ kind: 'logistic', name: 'other', input });
    const inputs = [other, input, other];
    const output = b.layer({ kind: 'concatenation', name: 'all', inputs, axis, activation: 'relu' });
    await expectGradients(b.finish(output), { runtime, seed: axis, spread: 3 });
  });

  it('operations on two tensors, however their shapes broadcast', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 0, max: 1e6 }),
          kind: fc.constantFrom('add' as const, 'sub' as const, 'mul' as const),
          shape: fc.constantFrom(IMAGE, [1, 6], [1, 2, 3], [2, 3], [4], [1, 1, 1, 5]),
          repeated: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
          dropped: fc.integer({ min: 0, max: 4 }),
          constant: fc.boolean(),
          swapped: fc.boolean(),
          activation: fc.constantFrom(...ACTIVATIONS),
        }),
        async ({ seed, kind, shape, repeated, dropped, constant, swapped, activation }) => {
          const b = new Builder(seed);
          const input = b.input([1, ...shape]);
          const whole = b.layer({ kind: 'reshape', name: 'whole', input }, shape);
          const small = shape.map((d, i) => (repeated[i] ? 1 : d)).slice(Math.min(dropped, shape.length - 1));
          const axes = shape.map((_, i) => i).filter((i) => repeated[i]);
          const means = b.layer({ kind: 'mean', name: 'means', input: whole, axes, keepDims: true });
          const other = constant ? b.constant(small) : means;
          const inputs = swapped ? ([other, whole] as const) : ([whole, other] as const);
          const output = b.layer({ kind, name: 'result', inputs, activation });
          await expectGradients(b.finish(output), { runtime, seed, spread: 3 });
        },
      ),
      { numRuns: 80 },
    ));
});
