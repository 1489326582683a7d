import { tensorOf, type Activation, type Model, type TensorId } from '@opq/ir';
import { random } from '@opq/ir/testing';
import { buildTrainingGraph, finetuneSchema, openEngine, type Loss, type RuntimeName } from '../src';
import { lossOf } from '../src/study';
import { runInDouble } from './support/double';
import { parameterFeeds, RUNTIMES, runOnce } from './support/engines';
import { Builder } from './support/networks';

const ONLY_LAYERS: Loss = {
  crossEntropy: 0,
  distillation: 0,
  temperature: 1,
  meanSquare: 0,
  meanSquareAgainst: 'teacher',
  layers: 1,
};
const BATCH = 16;
const [HEIGHT, WIDTH, CHANNELS, CLASSES] = [3, 4, 16, 5];

/** Two convolutions and a dense layer; `depth` cuts it behind a layer. The seed gives the same weights whatever the depth. */
function network(seed: number, depth = 3, activation: Activation = 'relu'): Model {
  const b = new Builder(seed);
  const input = b.input([1, HEIGHT, WIDTH, CHANNELS]);
  const common = {
    kind: 'conv2d',
    stride: [1, 1],
    dilation: [1, 1],
    padding: { mode: 'same' },
    activation,
  } as const;
  let x = input;
  for (const name of ['first', 'second'].slice(0, depth)) {
    const weights = b.constant([CHANNELS, 1, 1, CHANNELS], 0.5);
    x = b.layer({ ...common, name, input: x, weights, bias: b.constant([CHANNELS]) });
  }
  if (depth < 3) return b.finish(x);
  const inputs = HEIGHT * WIDTH * CHANNELS;
  const flat = b.layer({ kind: 'reshape', name: 'flat', input: x }, [1, inputs]);
  const weights = b.constant([CLASSES, inputs]);
  return b.finish(
    b.layer({ kind: 'fullyConnected', name: 'dense', input: flat, weights, activation: 'none' }, [
      1,
      CLASSES,
    ]),
  );
}

/** The formula in Loss.layers, in double. */
function likeness(
  pupil: (depth: number, sample: Float64Array) => Float64Array,
  teacher: (depth: number, sample: Float64Array) => Float64Array,
  samples: readonly Float64Array[],
): number {
  const parts = [1, 2].map((depth) => {
    let [errors, squares] = [0, 0];
    for (const sample of samples) {
      const wanted = teacher(depth, sample);
      pupil(depth, sample).forEach((y, i) => {
        errors += (y - wanted[i]!) ** 2;
        squares += wanted[i]! ** 2;
      });
    }
    return errors / squares;
  });
  return (parts[0]! + parts[1]!) / 2;
}

describe.each(RUNTIMES)('loss of layers, %s', (runtime: RuntimeName) => {
  it('is the formula, and so are its gradients', async () => {
    const [model, teacher] = [network(4), network(9)];
    const r = random(3);
    const input = Float32Array.from({ length: BATCH * HEIGHT * WIDTH * CHANNELS }, () => r.real(-1, 1));
    const size = input.length / BATCH;
    const samples = Array.from({ length: BATCH }, (_, n) =>
      Float64Array.from(input.subarray(n * size, (n + 1) * size)),
    );
    const channelBlock = await openEngine(runtime).channelBlock();
    const graph = buildTrainingGraph(model, { batch: BATCH, channelBlock, loss: ONLY_LAYERS, teacher });
    const got = await runOnce(
      runtime,
      graph.onnx,
      {
        ...parameterFeeds(model, graph.parameters),
        [graph.input.feed]: { data: input, shape: graph.input.shape },
      },
      [graph.loss, ...graph.parameters.map(({ gradient }) => gradient)],
    );
    const taught = (depth: number, sample: Float64Array) => runInDouble(network(9, depth), sample);
    const lossWith = (replaced?: readonly [TensorId, Float32Array]): number =>
      likeness(
        (depth, sample) => {
          const cut = network(4, depth);
          // Tensors of the network that is cut have the same numbers up to where it is.
          const known = replaced !== undefined && cut.tensors[replaced[0]]?.data !== undefined;
          return runInDouble(cut, sample, new Map(known ? [replaced] : []));
        },
        taught,
        samples,
      );
    const expected = lossWith();
    expect(expected).toBeGreaterThan(0.5);
    expect(got[graph.loss]![0]).toBeCloseTo(expected, 4);
    for (const { tensor, gradient } of graph.parameters) {
      const values = tensorOf(model, tensor).data as Float32Array;
      const slopes = got[gradient]!;
      const largest = slopes.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
      // The last layer is left to the other parts of a loss.
      if (tensorOf(model, tensor).shape[0] === CLASSES) {
        expect(largest).toBe(0);
        continue;
      }
      expect(largest).toBeGreaterThan(0);
      for (const i of [0, 3, values.length - 1]) {
        const [low, high] = [values.slice(), values.slice()];
        low[i]! -= 1e-4;
        high[i]! += 1e-4;
        const slope = (lossWith([tensor, high]) - lossWith([tensor, low])) / (high[i]! - low[i]!);
        expect(Math.abs(slope - slopes[i]!)).toBeLessThan(2e-3 * largest);
      }
    }
  });

  it('a teacher whose layers are silent gives no infinite loss', async () => {
    const model = network(4);
    const silent: Model = {
      ...model,
      tensors: model.tensors.map((tensor) =>
        tensor.data instanceof Float32Array ? { ...tensor, data: tensor.data.map(() => 0) } : tensor,
      ),
    };
    const graph = buildTrainingGraph(silent, { batch: 1, loss: ONLY_LAYERS, teacher: silent });
    const { [graph.loss]: loss } = await runOnce(
      runtime,
      graph.onnx,
      {
        ...parameterFeeds(silent, graph.parameters),
        [graph.input.feed]: {
          data: new Float32Array(HEIGHT * WIDTH * CHANNELS).fill(1),
          shape: graph.input.shape,
        },
      },
      [graph.loss],
    );
    expect(loss![0]).toBe(0);
  });
});

test('it comes beside the loss that is asked for', () => {
  const of = (options: object): Loss => lossOf(finetuneSchema.parse(options));
  expect(of({})).toMatchObject({ distillation: 1, layers: 0 });
  expect(of({ loss: 'labels', layerLoss: 0.5 })).toMatchObject({ crossEntropy: 1, distillation: 0, layers: 0.5 });
}); // prettier-ignore
