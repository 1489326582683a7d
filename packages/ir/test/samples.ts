import { tensorId, type CompressedModel, type Model, type Tensor } from '../src';

const quantised = (name: string, shape: number[], scale: number, zeroPoint: number): Tensor => ({
  name,
  shape,
  type: 'int8',
  quantisation: { scales: [scale], zeroPoints: [zeroPoint], axis: 0 },
});

/** conv 3x3 SAME stride 2 (2→3) + relu, global average, fully connected (3→2), softmax. */
export function smallModel(): Model {
  const weights = Int8Array.from({ length: 3 * 9 * 2 }, (_, i) => [-2, 0, 0, 1, 2][i % 5] ?? 0);
  return {
    name: 'small',
    tensors: [
      quantised('image', [1, 6, 6, 2], 0.5, -3),
      {
        name: 'conv/weights',
        shape: [3, 3, 3, 2],
        type: 'int8',
        quantisation: { scales: [0.25, 0.5, 0.125], zeroPoints: [0, 0, 0], axis: 0 },
        data: weights,
      },
      {
        name: 'conv/bias',
        shape: [3],
        type: 'int32',
        quantisation: { scales: [0.125, 0.25, 0.0625], zeroPoints: [0, 0, 0], axis: 0 },
        data: Int32Array.of(10, -20, 30),
      },
      quantised('conv', [1, 3, 3, 3], 0.75, -128),
      quantised('mean', [1, 3], 0.75, -128),
      {
        name: 'fc/weights',
        shape: [2, 3],
        type: 'int8',
        quantisation: { scales: [0.5], zeroPoints: [0], axis: 0 },
        data: Int8Array.of(1, 2, 3, 4, 5, 6),
      },
      quantised('fc', [1, 2], 1, 0),
      quantised('probabilities', [1, 2], 1 / 256, -128),
    ],
    layers: [
      {
        kind: 'conv2d',
        name: 'conv',
        input: tensorId(0),
        weights: tensorId(1),
        bias: tensorId(2),
        output: tensorId(3),
        stride: [2, 2],
        dilation: [1, 1],
        padding: { mode: 'same' },
        activation: 'relu',
      },
      { kind: 'mean', name: 'mean', input: tensorId(3), output: tensorId(4), axes: [1, 2], keepDims: false },
      {
        kind: 'fullyConnected',
        name: 'fc',
        input: tensorId(4),
        weights: tensorId(5),
        output: tensorId(6),
        activation: 'none',
      },
      { kind: 'softmax', name: 'probabilities', input: tensorId(6), output: tensorId(7), beta: 1 },
    ],
    inputs: [tensorId(0)],
    outputs: [tensorId(7)],
  };
}

export const smallCompressed = (): CompressedModel => ({
  model: smallModel(),
  codebooks: [
    { tensor: tensorId(1), levels: [-2, 0, 1, 2], step: 0.25, gain: 'channel', pruned: 21, threshold: 0.1 },
  ],
  settings: { allocator: 'opq', budget: { sparsity: 0.4, bits: 2 } },
});
