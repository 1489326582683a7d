import { setImmediate } from 'node:timers/promises';
import { flasherErrors } from '@opq/errors';
import { elementCount, tensorOf, type Model, type TensorId } from '@opq/ir';
import { buildTrainingGraph } from './graph/build';
import type { Parameter } from './graph/training-graph';
import type { Feed, RuntimeName } from './runtime/engine';
import { openEngine } from './runtime/open-engine';

/** How importance is found out. */
export interface ImportanceOptions {
  /**
   * T of softmax(logits / T), which says how sure the network is, where it ends in a softmax: at 1 only samples it is in doubt about count, at a high one
   * all alike. 4 unless given.
   */
  readonly temperature?: number | undefined;
  /** Random directions of the outputs per sample; 4 unless given. */
  readonly directions?: number | undefined;
  /** WebAssembly unless given: the same bits on every machine. */
  readonly runtime?: RuntimeName | undefined;
  /** Aborted: the samples end with OPQ0814. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each sample how many are done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const NOTHING = {
  crossEntropy: 0,
  distillation: 0,
  temperature: 1,
  meanSquareAgainst: 'targets',
  layers: 0,
} as const;

/**
 * What a squared error of each weight costs the network's outputs, its layer's bias being free: with v drawn so that E[vvᵀ] is the curvature of
 * KL(softmax(z′/T) ‖ softmax(z/T)) in the logits z (the identity for a network without a softmax) and d = ∂(vᵀz)/∂w, b = ∂(vᵀz)/∂bias,
 * E[d²] − E[db]²/E[b²] over samples and draws: the diagonal of the Gauss-Newton matrix (Schraudolph, 2002), less what the bias makes up for.
 * @param model float32, with one input and one output
 * @param samples real values of its input
 * @returns by weight tensor, in the tensor's order; ≥ 0
 * @throws OPQ0814 when stopped, OPQ1401 a layer without a gradient, OPQ1402, OPQ1410
 */
export async function weightImportance(
  model: Model,
  samples: readonly Float32Array[],
  { temperature = 4, directions = 4, runtime = 'wasm', signal, progress }: ImportanceOptions = {},
): Promise<ReadonlyMap<TensorId, Float64Array>> {
  const engine = openEngine(runtime);
  // The gradient of the mean square (z − t)² is v for t = z − v·n/2.
  const graph = buildTrainingGraph(model, {
    batch: 1,
    channelBlock: await engine.channelBlock(),
    loss: { ...NOTHING, meanSquare: 1 },
  });
  const session = await engine.open(graph.onnx);
  try {
    const fixed: Record<string, Feed> = {};
    for (const { feed, shape, tensor } of graph.parameters)
      fixed[feed] = { data: tensorOf(model, tensor).data as Float32Array, shape };
    const sums = layerSums(model, graph.parameters);
    const softmax = model.layers.some(
      ({ kind, output }) => kind === 'softmax' && model.outputs[0] === output,
    );
    const sign = signs();
    for (const [i, data] of samples.entries()) {
      await setImmediate();
      if (signal?.aborted) throw flasherErrors.stopped();
      progress?.(i, samples.length);
      const feeds = { ...fixed, [graph.input.feed]: { data, shape: graph.input.shape } };
      const shape = graph.targets?.shape ?? [];
      const blank = { data: new Float32Array(elementCount(shape)), shape };
      const { [graph.logits]: logits = blank.data } = await session.run(
        { ...feeds, [graph.targets?.feed ?? '']: blank },
        [graph.logits],
      );
      for (let n = 0; n < directions; n++) {
        const v = softmax ? doubt(logits, shape.at(-1) ?? 1, temperature, sign) : logits.map(() => sign());
        const targets = logits.map((z, k) => z - ((v[k] ?? 0) * logits.length) / 2);
        const found = await session.run(
          { ...feeds, [graph.targets?.feed ?? '']: { data: targets, shape } },
          graph.parameters.map(({ gradient }) => gradient),
        );
        for (const sum of sums) sum.add(found);
      }
    }
    progress?.(samples.length, samples.length);
    return new Map(sums.map((sum) => [sum.weights, sum.finish()]));
  } finally {
    await session.close();
  }
}

/** Σ ±√pₖ·(eₖ − p) for p = softmax(z/T), row by row: its covariance is diag(p) − ppᵀ. */
function doubt(logits: Float32Array, classes: number, temperature: number, sign: () => number): Float32Array {
  const v = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    const own = logits.subarray(row, row + classes);
    const most = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Array.from(own, (z) => Math.exp((z - most) / temperature));
    const total = powers.reduce((a, b) => a + b, 0);
    const signed = powers.map((power) => sign() * Math.sqrt(power / total));
    const common = signed.reduce((a, b) => a + b, 0);
    powers.forEach((power, k) => (v[row + k] = (signed[k] as number) - (common * power) / total));
  }
  return v;
}

/** 1 and −1, the same row of them each time (xorshift32). */
function signs(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 1 ? 1 : -1;
  };
}

interface LayerSums {
  readonly weights: TensorId;
  add(gradients: Readonly<Record<string, Float32Array>>): void;
  finish(): Float64Array;
}

/** Sums of d², db and b² for every weight tensor. */
function layerSums(model: Model, parameters: readonly Parameter[]): readonly LayerSums[] {
  const gradientOf = new Map(parameters.map(({ tensor, gradient }) => [tensor, gradient]));
  return parameters.flatMap(({ tensor, kind, gradient, shape }) => {
    const layer = model.layers.find((one) => 'weights' in one && one.weights === tensor);
    if (kind !== 'weights' || layer === undefined || !('weights' in layer)) return [];
    const size = elementCount(shape);
    const depthwise = layer.kind === 'depthwiseConv2d';
    const channels = (depthwise ? shape.at(-1) : shape[0]) ?? 1;
    const channelOf = (i: number): number => (depthwise ? i % channels : Math.floor((i * channels) / size));
    const [squares, crossed, biases] = [
      new Float64Array(size),
      new Float64Array(size),
      new Float64Array(channels),
    ];
    const free = layer.bias === undefined ? undefined : gradientOf.get(layer.bias);
    let count = 0;
    return [
      {
        weights: tensor,
        add: (gradients) => {
          const [own, bias] = [gradients[gradient], free === undefined ? undefined : gradients[free]];
          own?.forEach((d, i) => {
            const b = bias?.[channelOf(i)] ?? 0;
            squares[i] = (squares[i] as number) + d * d;
            crossed[i] = (crossed[i] as number) + d * b;
          });
          bias?.forEach((b, channel) => (biases[channel] = (biases[channel] as number) + b * b));
          count++;
        },
        finish: () =>
          squares.map((square, i) => {
            const b = biases[channelOf(i)] as number;
            const made = b > 0 ? (crossed[i] as number) ** 2 / b : 0;
            return Math.max(0, square - made) / Math.max(1, count);
          }),
      },
    ];
  });
}
