import { cliErrors, flasherErrors } from '@opq/errors';
import {
  elementCount,
  tensorOf,
  type CompressedModel,
  type Model,
  type Quantisation,
  type Tensor,
} from '@opq/ir';
import type { Emission } from '@opq/backend';
import type { Dataset } from '@opq/data';
import type { BuiltFirmware } from '@opq/firmware';
import { latencyOf, type Device, type Latency } from '@opq/flasher';
import { createFloatInterpreter, createIntegerInterpreter, quantiseInput } from '@opq/reference';
import type { Target } from '@opq/targets';
import { largest } from './accuracy';
import type { RunOptions } from './progress';
import type { Accuracies, DeployReport, LayerReport } from './report';

export interface MeasureRequest extends RunOptions {
  readonly device: Device;
  readonly deviceName: string;
  /** True on a board that is no emulator. */
  readonly physical: boolean;
  readonly target: Target;
  readonly compressed: CompressedModel;
  /** The model before compression, in float32. */
  readonly float: Model;
  readonly emission: Emission;
  readonly firmware: BuiltFirmware;
  readonly data: Dataset;
  /** At most this many samples. */
  readonly samples?: number | undefined;
  readonly keepOutputs?: boolean | undefined;
}

const inputOf = (model: Model): Tensor => {
  const [id] = model.inputs;
  if (id === undefined) throw new RangeError('a model without input');
  return tensorOf(model, id);
};

/** Runs samples on the device and on the host's two interpreters and compares every output. @throws OPQ08xx, OPQ0908 */
export async function measure(request: MeasureRequest): Promise<DeployReport> {
  const { device, target, compressed, emission, firmware, data, progress, signal } = request;
  const total = Math.min(request.samples ?? data.count, data.count);
  const oracle = createIntegerInterpreter(compressed.model);
  const float = createFloatInterpreter(request.float);
  const input = inputOf(compressed.model);
  const quantisation: Quantisation = input.quantisation ?? { scales: [1], zeroPoints: [0], axis: 0 };
  const right = { float: 0, host: 0, board: 0 };
  const ticks: number[] = [];
  const outputs: (readonly number[])[] = [];
  let labelled = 0;
  let equal = 0;
  let firstDifference: number | null = null;

  const { passed } = await device.selfTest();
  for (let i = 0; i < total; i++) {
    if (signal?.aborted) throw flasherErrors.stopped();
    const real = data.sample(i);
    if (real.length !== elementCount(input.shape))
      throw cliErrors.wrongDataShape(real.length, elementCount(input.shape));
    const stored = quantiseInput(real, quantisation);
    await device.load(stored);
    const answer = device.infer();
    // The host computes while the board does.
    const [host = new Int8Array()] = oracle.run([stored]);
    const [reals = new Float32Array()] = float.run([real]);
    const board = await answer;
    ticks.push(board.ticks);
    if (request.keepOutputs) outputs.push(Array.from(board.output));
    if (board.output.length === host.length && board.output.every((q, k) => q === host[k])) equal++;
    else firstDifference ??= i;
    const label = data.label(i);
    if (label !== undefined) {
      labelled++;
      if (largest(reals) === label) right.float++;
      if (largest(host) === label) right.host++;
      if (largest(board.output) === label) right.board++;
    }
    progress?.({ stage: 'measure', message: 'running samples on the board', done: i + 1, total });
  }
  const profile = await device.profile();
  const memory = { ...(await device.memory()), stackInference: await device.inferenceStack() };

  const latency = (count: number): Latency => latencyOf(target, count, request.physical);
  const sorted = ticks.toSorted((a, b) => a - b);
  const accuracy: Accuracies | null =
    labelled === 0
      ? null
      : { float: right.float / labelled, host: right.host / labelled, board: right.board / labelled };
  return {
    model: compressed.model.name,
    target: target.name,
    device: request.deviceName,
    compression:
      compressed.settings === undefined
        ? null
        : { allocator: compressed.settings.allocator, budget: compressed.settings.budget },
    size: {
      weightsBefore: 4 * weightCount(request.float),
      weightsPaper: compressed.settings?.paperBytes ?? null,
      weightsAfter: emission.perLayer.reduce((n, l) => n + l.weightBytes, 0),
      model: emission.flash,
      arena: emission.ram,
      image: firmware.sizes,
    },
    samples: total,
    accuracy,
    latency: latency(sorted[Math.floor(sorted.length / 2)] ?? 0),
    latencyRange: [latency(sorted[0] ?? 0).value, latency(sorted.at(-1) ?? 0).value],
    bitExact: { equal, total, firstDifference },
    selfTest: passed,
    memory,
    layers: emission.perLayer.map(
      (cost, i): LayerReport => ({
        ...cost,
        ...sparsityOf(compressed.model, cost.layer),
        latency: latency(profile[i] ?? 0),
      }),
    ),
    ...(request.keepOutputs && { outputs }),
  };
}

function weightCount(model: Model): number {
  return model.layers.reduce(
    (n, layer) => ('weights' in layer ? n + elementCount(tensorOf(model, layer.weights).shape) : n),
    0,
  );
}

function sparsityOf(model: Model, name: string): { readonly sparsity?: number } {
  const layer = model.layers.find((candidate) => candidate.name === name);
  if (layer === undefined || !('weights' in layer)) return {};
  const { data } = tensorOf(model, layer.weights);
  if (!(data instanceof Int8Array)) return {};
  return { sparsity: data.reduce((n, k) => n + (k === 0 ? 1 : 0), 0) / data.length };
}
