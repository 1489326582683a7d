import { buildForwardGraph, buildTrainingGraph, type Loss, type RuntimeName } from '../src';
import { parameterFeeds, RUNTIMES, runOnce } from './support/engines';
import { expectGradients, squareInDouble, type DoubleLoss } from './support/gradients';
import { Builder } from './support/networks';

const NONE: Loss = {
  crossEntropy: 0,
  distillation: 0,
  temperature: 3,
  meanSquare: 0,
  meanSquareAgainst: 'targets',
  layers: 0,
};

const logSoftmax = (x: Float64Array): Float64Array => {
  const most = Math.max(...x);
  const sum = x.reduce((s, v) => s + Math.exp(v - most), 0);
  return x.map((v) => v - most - Math.log(sum));
};

const meanOver =
  (one: (logits: Float64Array, wanted: Float64Array) => number): DoubleLoss =>
  (outputs, wanted) =>
    outputs.reduce((sum, y, n) => sum + one(y, wanted[n]!), 0) / outputs.length;

const crossEntropy = meanOver((y, p) => -logSoftmax(y).reduce((s, v, i) => s + p[i]! * v, 0));

const distillation = (temperature: number): DoubleLoss =>
  meanOver((y, teacher) => {
    const q = logSoftmax(y.map((v) => v / temperature));
    const p = logSoftmax(teacher.map((v) => v / temperature));
    return temperature ** 2 * p.reduce((s, v, i) => s + Math.exp(v) * (v - q[i]!), 0);
  });

function classifier(b: Builder, logits: 'plain' | 'softmax') {
  const input = b.input([1, 6]);
  const [weights, bias] = [b.constant([5, 6]), b.constant([5])];
  const dense = b.layer(
    { kind: 'fullyConnected', name: 'dense', input, weights, bias, activation: 'none' },
    [1, 5],
  );
  return b.finish(
    logits === 'plain' ? dense : b.layer({ kind: 'softmax', name: 'end', input: dense, beta: 1 }),
  );
}

describe.each(RUNTIMES)('losses, %s', (runtime: RuntimeName) => {
  const check = (loss: Partial<Loss>, lossInDouble: DoubleLoss) =>
    expectGradients(classifier(new Builder(4), 'plain'), {
      runtime,
      seed: 4,
      batch: 3,
      loss: { ...NONE, ...loss },
      lossInDouble,
    });

  it('cross-entropy, of any weights as probabilities', () => check({ crossEntropy: 1 }, crossEntropy));
  it('distillation', () => check({ distillation: 1 }, distillation(3)));
  it('mean square against targets', () => check({ meanSquare: 1 }, squareInDouble));
  it('a weighted sum that reads one feed', () =>
    check(
      { distillation: 0.3, meanSquare: 2, meanSquareAgainst: 'teacher' },
      (y, t) => 0.3 * distillation(3)(y, t) + 2 * squareInDouble(y, t),
    ));

  it('a teacher inside the graph, as if its logits were fed', async () => {
    const model = classifier(new Builder(4), 'softmax');
    const teacher = classifier(new Builder(9), 'softmax');
    const loss: Loss = { ...NONE, distillation: 1 };
    const [fed, inside] = [buildTrainingGraph(model, { batch: 3, loss }), buildTrainingGraph(model, { batch: 3, loss, teacher })]; // prettier-ignore
    expect(inside.teacher).toBeUndefined();
    const samples = { data: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)), shape: [3, 6] };
    const forward = buildForwardGraph(teacher, { batch: 3, parameters: 'baked' });
    const { [forward.logits.name]: logits } = await runOnce(
      runtime,
      forward.onnx,
      { [forward.input.feed]: samples },
      [forward.logits.name],
    );
    const feeds = { ...parameterFeeds(model, fed.parameters), [fed.input.feed]: samples };
    const names = [fed.loss, ...fed.parameters.map(({ gradient }) => gradient)];
    const given = { ...feeds, [fed.teacher!.feed]: { data: logits!, shape: fed.teacher!.shape } };
    const wanted = await runOnce(runtime, fed.onnx, given, names);
    const got = await runOnce(runtime, inside.onnx, feeds, names);
    expect(wanted[fed.loss]![0]).toBeGreaterThan(0.01);
    for (const name of names)
      got[name]!.forEach((value, i) => expect(value).toBeCloseTo(wanted[name]![i]!, 5));
  });

  it('no gradients where only the loss is wanted', async () => {
    const model = classifier(new Builder(4), 'plain');
    const loss: Loss = { ...NONE, meanSquare: 1 };
    const [full, bare] = [true, false].map((gradients) =>
      buildTrainingGraph(model, { batch: 1, loss, gradients }),
    );
    expect(bare!.onnx.length).toBeLessThan(full!.onnx.length);
    const feeds = {
      ...parameterFeeds(model, full!.parameters),
      [full!.input.feed]: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 6] },
      [full!.targets!.feed]: { data: new Float32Array(5), shape: [1, 5] },
    };
    const values = await Promise.all(
      [full!, bare!].map(({ onnx }) => runOnce(runtime, onnx, feeds, [full!.loss])),
    );
    expect(values[1]).toEqual(values[0]);
  });
});
