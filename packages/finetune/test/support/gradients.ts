import { random } from '@opq/ir/testing';
import { tensorOf, type Model, type TensorId } from '@opq/ir';
import { buildTrainingGraph, type Feed, type Loss, type RuntimeName } from '../../src';
import { inputCount, runInDouble, type Replaced } from './double';
import { parameterFeeds, runOnce } from './engines';

/** Of the largest gradient in a tensor; float32 sums are better than this by far, and a missing term is far worse. */
const TOLERANCE = 5e-4;
const ELEMENTS = 10;

export const SQUARE: Loss = {
  crossEntropy: 0,
  distillation: 0,
  temperature: 1,
  meanSquare: 1,
  meanSquareAgainst: 'targets',
  layers: 0,
};

/** Loss of the outputs of a batch, in double. */
export type DoubleLoss = (outputs: readonly Float64Array[], targets: readonly Float64Array[]) => number;

export const squareInDouble: DoubleLoss = (outputs, targets) => {
  let sum = 0;
  let count = 0;
  outputs.forEach((output, n) =>
    output.forEach((y, i) => {
      sum += (y - targets[n]![i]!) ** 2;
      count++;
    }),
  );
  return sum / count;
};

interface Choices {
  readonly runtime: RuntimeName;
  readonly seed: number;
  readonly batch?: number;
  /** See ChannelBlocks. */
  readonly channelBlock?: number;
  readonly loss?: Loss;
  readonly lossInDouble?: DoubleLoss;
  /** Elements per tensor that are looked at alone; the rest only together. */
  readonly elements?: number;
  readonly spread?: number;
  /** Of the differences, of the largest value of a tensor; the smaller, the fewer kinks of the activations lie within it. */
  readonly step?: number;
}

/** Largest deviations, as parts of what was wanted. */
export interface Deviations {
  readonly loss: number;
  readonly logits: number;
  /** Per tensor (`input` too), of single elements and along a direction through all of them. */
  readonly gradients: Readonly<Record<string, number>>;
}

/** Compares a training graph with central differences of the reference interpreter. */
export async function compareGradients(model: Model, choices: Choices): Promise<Deviations> {
  const {
    runtime,
    seed,
    batch = 2,
    channelBlock = 1,
    loss = SQUARE,
    lossInDouble = squareInDouble,
    spread = 1,
    step = 1e-5,
  } = choices;
  const r = random(seed);
  const noise = (n: number, size = 1): Float32Array =>
    Float32Array.from({ length: n }, () => r.real(-size, size));
  const graph = buildTrainingGraph(model, { batch, channelBlock, loss, inputGradient: true });
  const perSample = inputCount(model);
  const input = noise(batch * perSample, spread);
  const wanted = graph.targets ?? graph.teacher;
  const outputs = wanted?.shape.reduce((n, d) => n * d, 1) ?? 0;
  const targets = noise(outputs);
  const feeds: Record<string, Feed> = {
    ...parameterFeeds(model, graph.parameters),
    [graph.input.feed]: { data: input, shape: graph.input.shape },
    ...(wanted && { [wanted.feed]: { data: targets, shape: wanted.shape } }),
  };
  const names = [...graph.parameters.map(({ gradient }) => gradient), graph.inputGradient!];
  const got = await runOnce(runtime, graph.onnx, feeds, [graph.loss, graph.logits, ...names]);

  const cut = (data: ArrayLike<number>): readonly Float64Array[] =>
    Array.from({ length: batch }, (_, n) =>
      Float64Array.from({ length: data.length / batch }, (_, i) => data[(n * data.length) / batch + i]!),
    );
  const evaluate = (samples: ArrayLike<number>, replaced: Replaced = new Map()): readonly Float64Array[] =>
    cut(samples).map((sample) => runInDouble(model, sample, replaced));
  const lossOf = (samples: ArrayLike<number>, replaced?: Replaced): number =>
    lossInDouble(evaluate(samples, replaced), cut(targets));

  const slopeAlong = (
    tensor: TensorId | undefined,
    low: ArrayLike<number>,
    high: ArrayLike<number>,
  ): number =>
    tensor === undefined
      ? lossOf(high) - lossOf(low)
      : lossOf(input, new Map([[tensor, high as Float32Array]])) -
        lossOf(input, new Map([[tensor, low as Float32Array]]));

  const gradients: Record<string, number> = {};
  const check = (name: string, gradient: Float32Array, values: Float32Array, tensor?: TensorId): void => {
    const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 1e-6);
    const reach = step * values.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
    let worst = 0;
    const compare = (direction: (i: number) => number): void => {
      const low = values.map((v, i) => v - reach * direction(i));
      const high = values.map((v, i) => v + reach * direction(i));
      // What the steps became in float32 counts.
      let expected = 0;
      let length = 0;
      gradient.forEach((g, i) => {
        expected += g * (high[i]! - low[i]!);
        length += (high[i]! - low[i]!) ** 2;
      });
      const difference = Math.abs(slopeAlong(tensor, low, high) - expected);
      worst = Math.max(worst, difference / (largest * Math.sqrt(length)));
    };
    const signs = values.map(() => (r.chance(0.5) ? 1 : -1));
    compare((i) => signs[i]! * (1 / Math.sqrt(values.length)) * 10);
    const { elements = ELEMENTS } = choices;
    for (let n = 0; n < Math.min(elements, values.length); n++) {
      const one = values.length <= elements ? n : r.integer(0, values.length - 1);
      compare((i) => (i === one ? 1 : 0));
    }
    gradients[name] = worst;
  };
  check('input', got[graph.inputGradient!]!, input);
  for (const { tensor, gradient, kind } of graph.parameters)
    check(`${kind} ${tensor}`, got[gradient]!, tensorOf(model, tensor).data as Float32Array, tensor);

  const reference = evaluate(input);
  const range = Math.max(...reference.map((y) => y.reduce((m, v) => Math.max(m, Math.abs(v)), 0.1)));
  const flat = reference.flatMap((y) => [...y]);
  const expected = lossOf(input);
  return {
    loss: Math.abs(got[graph.loss]![0]! - expected) / Math.max(Math.abs(expected), 1e-3),
    logits: Math.max(...flat.map((y, i) => Math.abs(y - got[graph.logits]![i]!))) / range,
    gradients,
  };
}

/** Expects a graph's outputs and gradients to be those of the reference interpreter. */
export async function expectGradients(model: Model, choices: Choices): Promise<void> {
  const found = await compareGradients(model, choices);
  const wrong = Object.entries(found.gradients).filter(([, worst]) => !(worst < TOLERANCE));
  expect(wrong).toEqual([]);
  expect(found.logits).toBeLessThan(1e-5);
  expect(found.loss).toBeLessThan(1e-4);
}
