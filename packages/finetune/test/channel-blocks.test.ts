import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import type { Activation, Pair, TensorId } from '@opq/ir';
import { buildForwardGraph, buildTrainingGraph, openEngine } from '../src';
import { findChannelBlock } from '../src/runtime/channel-block';
import { RUNTIMES } from './support/engines';
import { expectGradients, SQUARE } from './support/gradients';
import { Builder, convolution, fits, type WindowedCase } from './support/networks';
import { paddings, pair, upTo } from './support/windows';

/** Two convolutions beside each other, added and averaged, as networks with shortcuts have them. */
function shortcut(activation: Activation) {
  const b = new Builder(3);
  const common = { stride: [1, 1], dilation: [1, 1], padding: { mode: 'same' } } as const;
  const conv = (name: string, input: TensorId, channels: number, inputs: number, own: Activation) =>
    b.layer({
      kind: 'conv2d', name, input, weights: b.constant([channels, 3, 3, inputs], 0.3), bias: b.constant([channels]),
      activation: own, ...common,
    }); // prettier-ignore
  const first = conv('first', b.input([1, 4, 5, 3]), 16, 3, activation);
  const depthwise = b.layer({
    kind: 'depthwiseConv2d', name: 'depthwise', input: first, weights: b.constant([1, 3, 3, 16]), activation,
    depthMultiplier: 1, ...common,
  }); // prettier-ignore
  const second = conv('second', depthwise, 16, 16, 'none');
  const sum = b.layer({ kind: 'add', name: 'sum', inputs: [first, second], activation });
  return b.finish(b.layer({ kind: 'mean', name: 'mean', input: sum, axes: [1, 2], keepDims: false }));
}

const operators = (bytes: Uint8Array): readonly string[] =>
  onnx.ModelProto.decode(bytes).graph!.node!.map(({ domain, opType }) => `${domain ?? ''}:${opType ?? ''}`);

describe('a graph', () => {
  const training = { batch: 16, loss: SQUARE };
  const blocked = (names: readonly string[]) => names.filter((name) => name.includes('nchwc'));

  it('has no operators of blocks unless it is told of them', () => {
    expect(blocked(operators(buildTrainingGraph(shortcut('relu'), training).onnx))).toEqual([]);
    expect(blocked(operators(buildForwardGraph(shortcut('relu'), { batch: 16 }).onnx))).toEqual([]);
  });

  it('keeps images in blocks from one convolution to the next', () => {
    const forward = operators(buildForwardGraph(shortcut('relu'), { batch: 16, channelBlock: 8 }).onnx);
    expect(blocked(forward)).toEqual([
      ...['Conv', 'Conv', 'Conv', 'ReorderOutput'].map((name) => `com.microsoft.nchwc:${name}`),
    ]);
  });
});

describe('the block of a runtime', () => {
  it('is none where its operators are missing', async () => {
    expect(await findChannelBlock(() => Promise.reject(new Error('no such operator')))).toBe(1);
    expect(await openEngine('wasm').channelBlock()).toBe(1);
  });

  it('is none where its convolutions are wrong', async () => {
    let opened = 0;
    const close = () => Promise.resolve();
    const block = await findChannelBlock(() => {
      const first = opened++ === 0;
      // The order of blocks of 8, and then convolutions that differ.
      const blocks = Float32Array.from({ length: 128 }, (_, i) => (i === 8 ? 1 : 2));
      const run = () => Promise.resolve(first ? { blocks } : { result: new Float32Array(1600).fill(opened) });
      return Promise.resolve({ run, close });
    });
    expect([block, opened]).toEqual([1, 3]);
  });
});

const native = RUNTIMES.includes('native');
if (!native)
  process.stderr.write('skipped: convolutions on blocks of channels, onnxruntime-node is not installed\n');

(native ? describe : describe.skip)('on blocks of channels', () => {
  const block = native ? openEngine('native').channelBlock() : Promise.resolve(1);
  /** Channels and samples in numbers of blocks; 0 stands for fewer than fill one. */
  const cases = fc
    .record({
      inputs: upTo(0, 2),
      outputs: upTo(1, 2),
      samples: upTo(0, 1),
      seed: upTo(0, 1e6),
      height: upTo(1, 6),
      width: upTo(1, 6),
      window: pair(1, 3),
      stride: pair(1, 2),
      dilation: fc.oneof(fc.constant<Pair>([1, 1]), pair(1, 2)),
      padding: paddings(3),
      activation: fc.constantFrom<Activation>('none', 'relu', 'relu6'),
      bias: fc.boolean(),
    })
    .filter(({ height, width, ...c }) => fits({ ...c, image: [height, width, 1], channels: 1 }));

  it.each(['conv2d', 'depthwiseConv2d'] as const)('%s has the gradients of the reference', async (kind) => {
    const size = await block;
    await fc.assert(
      fc.asyncProperty(cases, async ({ inputs, outputs, samples, height, width, ...c }) => {
        const image = [height, width, inputs === 0 ? 3 : inputs * size] as const;
        const channels = kind === 'conv2d' ? outputs * size : 1;
        const model = convolution({ ...c, image, channels } satisfies WindowedCase, kind);
        const batch = samples === 0 ? 2 : size;
        const choices = {
          runtime: 'native',
          seed: c.seed,
          elements: 2,
          step: 1e-6,
          batch,
          channelBlock: size,
        } as const;
        await expectGradients(model, { ...choices, spread: 1 });
      }),
      { numRuns: 40 },
    );
  });

  it.each(['none', 'relu', 'relu6'] as const)('a shortcut with %s has the gradients too', async (own) => {
    const channelBlock = await block;
    await expectGradients(shortcut(own), { runtime: 'native', seed: 1, batch: channelBlock, channelBlock, elements: 4, step: 1e-6 }); // prettier-ignore
  });
});
