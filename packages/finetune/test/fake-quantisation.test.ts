import { onnx } from 'onnx-proto';
import type { TensorId } from '@opq/ir';
import { buildForwardGraph, buildTrainingGraph, type FakeQuantisation } from '../src';
import { RUNTIMES, runOnce } from './support/engines';
import { SQUARE } from './support/gradients';
import { Builder } from './support/networks';

const STEPS: FakeQuantisation = { scale: 0.25, zeroPoint: 100 };
/** −57 … 6.75 */
const LOWEST = (-128 - 100) * 0.25;
const HIGHEST = (127 - 100) * 0.25;

const VALUES = [0, 0.1, 0.13, -0.3, 0.125, 0.375, 6.7, 6.75, 6.8, 100, -56.9, -57.2, -400, 3.3];
/** Halves to even: 0.125 is half a step, 0.375 one and a half. */
const ROUNDED = [0, 0, 0.25, -0.25, 0, 0.5, 6.75, 6.75, 6.75, 6.75, -57, -57, -57, 3.25];

/** The input as it is, through a layer that may be rounded behind. */
function sameAgain() {
  const b = new Builder(1);
  const input = b.input([1, VALUES.length]);
  const zero = b.constant([1], 0);
  const output = b.layer({ kind: 'add', name: 'same', inputs: [input, zero], activation: 'none' });
  return { model: b.finish(output), input, output };
}

describe.each(RUNTIMES)('rounding of activations, %s', (runtime) => {
  it.each(['input', 'output'] as const)(
    'of the %s: values of int8, gradients inside its range',
    async (which) => {
      const { model, ...tensors } = sameAgain();
      const fakeQuantisation = new Map<TensorId, FakeQuantisation>([[tensors[which], STEPS]]);
      const graph = buildTrainingGraph(model, {
        batch: 1,
        loss: SQUARE,
        fakeQuantisation,
        inputGradient: true,
      });
      const shape = graph.input.shape;
      const feeds = {
        [graph.input.feed]: { data: Float32Array.from(VALUES), shape },
        [graph.targets!.feed]: { data: Float32Array.from(VALUES, (v) => v - 10), shape },
      };
      const got = await runOnce(runtime, graph.onnx, feeds, [graph.logits, graph.inputGradient!]);
      expect([...got[graph.logits]!].map((v) => v + 0)).toEqual(ROUNDED);
      const wanted = VALUES.map((v, i) =>
        v < LOWEST || v > HIGHEST ? 0 : (2 * (ROUNDED[i]! - (v - 10))) / VALUES.length,
      );
      [...got[graph.inputGradient!]!].forEach((gradient, i) => expect(gradient).toBeCloseTo(wanted[i]!, 4));
    },
  );

  it('of a ReLU: gradients inside the range of what it lets through', async () => {
    const b = new Builder(1);
    const input = b.input([1, 6]);
    const output = b.layer({
      kind: 'add', name: 'relu', inputs: [input, b.constant([1], 0)], activation: 'relu',
    }); // prettier-ignore
    const fakeQuantisation = new Map<TensorId, FakeQuantisation>([
      [output, { scale: 0.25, zeroPoint: -128 }],
    ]);
    const training = { batch: 1, loss: SQUARE, fakeQuantisation, inputGradient: true };
    const graph = buildTrainingGraph(b.finish(output), training);
    const shape = graph.input.shape;
    const feeds = {
      [graph.input.feed]: { data: Float32Array.of(-1, 0, 0.3, 63.75, 63.8, 1e6), shape },
      [graph.targets!.feed]: { data: new Float32Array(6).fill(-3), shape },
    };
    const got = await runOnce(runtime, graph.onnx, feeds, [graph.inputGradient!]);
    const wanted = [0, 0, 2 * 3.25, 2 * 66.75, 0, 0].map((g) => expect.closeTo(g / 6, 4));
    expect([...got[graph.inputGradient!]!]).toEqual(wanted);
  });

  it('is there in the forward graph too', async () => {
    const { model, output } = sameAgain();
    const fakeQuantisation = new Map([[output, STEPS]]);
    const graph = buildForwardGraph(model, { batch: 1, fakeQuantisation });
    const feeds = { [graph.input.feed]: { data: Float32Array.from(VALUES), shape: graph.input.shape } };
    const got = await runOnce(runtime, graph.onnx, feeds, [graph.output.name]);
    expect([...got[graph.output.name]!].map((v) => v + 0)).toEqual(ROUNDED);
  });
});

describe('what is rounded already', () => {
  const roundings = (second: FakeQuantisation): number => {
    const b = new Builder(1);
    const input = b.input([1, 4, 4, 1]);
    const stride = [2, 2] as const;
    const pool = b.layer({
      kind: 'maxPool2d', name: 'pool', input, stride, window: [2, 2], padding: { mode: 'same' }, activation: 'none',
    }); // prettier-ignore
    const model = b.finish(pool);
    const fakeQuantisation = new Map([[input, STEPS], [pool, second]]); // prettier-ignore
    const graph = buildForwardGraph(model, { batch: 1, fakeQuantisation });
    const { node = [] } = onnx.ModelProto.decode(graph.onnx).graph!;
    return node!.filter(({ opType }) => opType === 'Round').length;
  };

  it('is not rounded again', () => expect(roundings(STEPS)).toBe(1));
  it('is rounded again to other steps', () => expect(roundings({ ...STEPS, scale: 0.5 })).toBe(2));
});
