import { cliErrors, flasherErrors } from '@opq/errors';
import {
  elementCount,
  tensorOf,
  type CompressedModel,
  type Model,
  type Quantisation,
  type TensorId,
} from '@opq/ir';
import { check, type Backend, type Emission } from '@opq/backend';
import type { Dataset } from '@opq/data';
import type { BuiltFirmware } from '@opq/firmware';
import { latencyOf, type Device, type Latency } from '@opq/flasher';
import { createFloatInterpreter, createIntegerInterpreter, dequantise, quantiseInput } from '@opq/reference';
import type { Target } from '@opq/targets';
import { explainSample, explainSelfTest } from './diagnose';
import type { RunOptions } from './progress';
import { RUN_FORMAT, RUN_VERSION, type Accuracies, type DeployReport, type LayerReport } from './report';
import { createScore, taskOf, type Task } from './scores';
import { weightReports } from './weight-report';

/** What one sample gave, told while the run goes on. */
export interface SampleResult {
  /** Its place among the samples, from 0. */
  readonly sample: number;
  /** Instructions on an emulated board, microseconds on a physical one. */
  readonly latency: number;
  /** int8, the board's. */
  readonly output: readonly number[];
  /** Whether the host's output is the same, bit for bit. */
  readonly equal: boolean;
}

/** A board that runs the firmware, and what it is measured on and compared with. */
export interface MeasureRequest extends RunOptions {
  /** Open, and known to run the model. */
  readonly device: Device;
  /** What the report calls it: the port, or the emulated machine. */
  readonly deviceName: string;
  /** True on a board that is no emulator. */
  readonly physical: boolean;
  /** What the firmware was built for. */
  readonly target: Target;
  /** Whose other targets are asked about the network. */
  readonly backends: readonly Backend[];
  /** What runs, and what the oracle computes. */
  readonly compressed: CompressedModel;
  /** The model before compression, in float32; undefined where it is not at hand. */
  readonly float: Model | undefined;
  /** Says what is stored, and what each layer costs. */
  readonly emission: Emission;
  /** Says what the image takes of flash and RAM. */
  readonly firmware: BuiltFirmware;
  /** Runs from its first sample on. */
  readonly data: Dataset;
  /** At most this many samples. */
  readonly samples?: number | undefined;
  /** Whether the report holds every output of the board. */
  readonly keepOutputs?: boolean | undefined;
  /** What outputs are measured by; told by the network's shape unless given. */
  readonly task?: Task | undefined;
  /** Called before each sample. */
  readonly onSample?: ((index: number) => void) | undefined;
  /** Called after each sample. */
  readonly onResult?: ((result: SampleResult) => void) | undefined;
}

const WARM_UP = 3;

const NEUTRAL: Quantisation = { scales: [1], zeroPoints: [0], axis: 0 };

function quantisationOf(model: Model, id: TensorId | undefined): Quantisation {
  return (id === undefined ? undefined : tensorOf(model, id).quantisation) ?? NEUTRAL;
}

/** Runs samples on the device and on the host's two interpreters and compares every output. @throws OPQ08xx, OPQ0908 */
export async function measure(request: MeasureRequest): Promise<DeployReport> {
  const { device, target, compressed, emission, firmware, data, progress, signal } = request;
  const { model } = compressed;
  const total = Math.min(request.samples ?? data.count, data.count);
  const oracle = createIntegerInterpreter(model);
  const float = request.float && createFloatInterpreter(request.float);
  const [input] = model.inputs;
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  const inputScale = quantisationOf(model, input);
  const outputScale = quantisationOf(model, model.outputs[0]);
  const task = request.task ?? taskOf(model);
  const scores = { float: createScore(task), host: createScore(task), board: createScore(task) };
  // Classes are told by the integers themselves; only a distance needs real numbers.
  const shown = (output: Int8Array): ArrayLike<number> =>
    task === 'classification' ? output : dequantise(output, outputScale);
  const ticks: number[] = [];
  const outputs: (readonly number[])[] = [];
  let equal = 0;
  let firstDifference: number | null = null;

  // Caches and flash accelerators are cold at first; an emulated board has none, and counts the same each time.
  const warmUp = request.physical ? WARM_UP : 0;
  const selfTest = await device.selfTest();
  let difference = explainSelfTest(selfTest, emission);
  for (let i = 0; i < total; i++) {
    if (signal?.aborted) throw flasherErrors.stopped();
    request.onSample?.(i);
    const real = data.sample(i);
    if (real.length !== wanted) throw cliErrors.wrongDataShape(real.length, wanted);
    const stored = quantiseInput(real, inputScale);
    await device.load(stored);
    if (i === 0) for (let run = 0; run < warmUp; run++) await device.infer();
    const answer = device.infer();
    // The host computes while the board does.
    const [host = new Int8Array()] = oracle.run([stored]);
    const [reals] = float?.run([real]) ?? [];
    const board = await answer;
    ticks.push(board.ticks);
    if (request.keepOutputs) outputs.push(Array.from(board.output));
    const same = board.output.length === host.length && board.output.every((q, k) => q === host[k]);
    if (same) equal++;
    else if (firstDifference === null) {
      firstDifference = i;
      difference ??= await explainSample(device, emission, compressed, i, stored);
    }
    const { value } = latencyOf(target, board.ticks, request.physical);
    request.onResult?.({ sample: i, latency: value, output: Array.from(board.output), equal: same });
    const label = data.label(i);
    if (reals !== undefined) scores.float.add(label, real, reals);
    scores.host.add(label, real, shown(host));
    scores.board.add(label, real, shown(board.output));
    progress?.({ stage: 'measure', message: 'running samples on the board', done: i + 1, total });
  }
  const profile = await device.profile();
  const memory = { ...(await device.memory()), stackInference: await device.inferenceStack() };

  const timer = request.physical ? await timerOf(device, target, warmUp) : undefined;
  const latency = (count: number): Latency => latencyOf(target, count, request.physical);
  const sorted = ticks.toSorted((a, b) => a - b);
  const [host, board] = [scores.host.accuracy(), scores.board.accuracy()];
  const accuracy: Accuracies | null =
    host === null || board === null ? null : { float: scores.float.accuracy(), host, board };
  const weights = weightReports(compressed, request.float);
  const region = ({ name, origin, length }: Target['flash'][number]) => ({ name, origin, length });
  return {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    model: model.name,
    target: target.name,
    device: request.deviceName,
    board: { title: target.title, flash: target.flash.map(region), ram: target.ram.map(region) },
    compression:
      compressed.settings === undefined
        ? null
        : { allocator: compressed.settings.allocator, budget: compressed.settings.budget },
    size: {
      weightsBefore: 4 * weightCount(request.float ?? model),
      weightsPaper: compressed.settings?.paperBytes ?? null,
      weightsAfter: emission.perLayer.reduce((n, l) => n + l.weightBytes, 0),
      model: emission.flash,
      arena: emission.ram,
      image: firmware.sizes,
    },
    samples: total,
    task,
    accuracy,
    threshold: null,
    confusion: scores.board.confusion(),
    latency: latency(sorted[Math.floor(sorted.length / 2)] ?? 0),
    latencyRange: [latency(sorted[0] ?? 0).value, latency(sorted.at(-1) ?? 0).value],
    ...(timer !== undefined && { timer }),
    latencies: ticks.map((count) => latency(count).value),
    bitExact: { equal, total, firstDifference },
    selfTest: selfTest.passed,
    ...(difference !== undefined && { difference }),
    memory,
    layers: emission.perLayer.map((cost, i): LayerReport => {
      const own = weights.get(cost.layer);
      const zeros = own?.counts[own.levels.indexOf(0)] ?? 0;
      return {
        ...cost,
        ...(own !== undefined && { sparsity: zeros / own.count, weights: own }),
        latency: latency(profile[i] ?? 0),
      };
    }),
    boards: otherBoards(compressed, request),
    interruptions: [],
    ...(request.keepOutputs && { outputs }),
  };
}

/** The timer of a physical board, held against the host's clock. */
async function timerOf(device: Device, { timer }: Target, warmUp: number): Promise<DeployReport['timer']> {
  const rate = await device.clockRate();
  return {
    driver: timer.driver,
    hertz: timer.frequency,
    measuredHertz: Math.round(timer.frequency * rate),
    warmUp,
  };
}

/** What the backends' other targets say to the network. */
const otherBoards = (
  compressed: CompressedModel,
  { target, backends }: MeasureRequest,
): DeployReport['boards'] =>
  backends.flatMap((backend) =>
    backend.targets
      .filter(({ name }) => name !== target.name)
      .map((other) => {
        const answer = check(compressed, backend, other);
        return { target: other.name, title: other.title, refusals: answer.ok ? [] : answer.refusals };
      }),
  );

function weightCount(model: Model): number {
  return model.layers.reduce(
    (n, layer) => ('weights' in layer ? n + elementCount(tensorOf(model, layer.weights).shape) : n),
    0,
  );
}
