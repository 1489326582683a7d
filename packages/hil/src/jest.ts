import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backendErrors } from '@opq/errors';
import { backendFor, type Backend } from '@opq/backend';
import type { Dataset } from '@opq/data';
import { buildFirmware } from '@opq/firmware';
import type { Device } from '@opq/flasher';
import { elementCount, tensorOf, type CompressedModel, type Quantisation } from '@opq/ir';
import { createScore, emitModel, loadCompressedModel, taskOf, verifyDevice } from '@opq/pipeline';
import { createIntegerInterpreter, dequantise, quantiseInput } from '@opq/reference';
import { findTarget, isRuntime, QEMU_PROGRAMS, type Target } from '@opq/targets';
import { readDevice } from './description';
import { openBoard, type BoardUnderTest } from './hil';
import { HOST_COMPILER, openHost } from './host';
import { resumingDevice } from './resume';

/** What a suite is about: a network, who emits it, and where it runs. */
export interface OnDevice {
  /** The network: a model.opq by its path, or in memory. */
  readonly model: string | CompressedModel;
  /** The first that knows the target emits; on the host, the first one's first target is emitted for. */
  readonly backends: readonly Backend[];
  /** `host`, a target or a device description; `OPQ_DEVICE` unless given, `qemu-cortex-m4` without that. */
  readonly device?: string;
}

/** How outputs of a device compare with the oracle's. */
export interface ComparedSamples {
  /** Samples that ran. */
  readonly total: number;
  /** Outputs that are the oracle's, bit for bit. */
  readonly equal: number;
  /** Index of the first sample whose output differs, from 0; null where none does. */
  readonly firstDifference: number | null;
  /** Top-1, or the area under the ROC curve where the network reconstructs its input; null without labels. */
  readonly accuracy: number | null;
}

/** What a suite runs on; ready inside of tests, not before. */
export interface DeviceUnderTest {
  /** `host`, a target, or the file that describes the device. */
  readonly name: string;
  /** The network that runs on it. */
  readonly compressed: CompressedModel;
  /** One inference, int8 in the model's own order. */
  infer(input: Int8Array): Promise<Int8Array>;
  /** Runs the first samples (all unless given) and compares every output with the oracle. */
  compare(data: Dataset, samples?: number): Promise<ComparedSamples>;
  /** The board, for what only boards have; undefined on the host. */
  board(): Device | undefined;
}

interface Opened {
  infer(input: Int8Array): Promise<Int8Array>;
  board: Device | undefined;
  close(): Promise<void>;
}

const PREPARATION = 180_000;

/** What a place needs that is not installed. */
function missingFor(target: Target | undefined): readonly string[] {
  const programs =
    target === undefined
      ? [HOST_COMPILER]
      : [
          `${target.toolchain.prefix}gcc`,
          ...QEMU_PROGRAMS.filter((program) => program === target.emulator?.program),
        ];
  return programs.filter(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status !== 0,
  );
}

interface Place {
  /** undefined: this machine. */
  readonly target: Target | undefined;
  readonly board: BoardUnderTest;
}

function placeOf(name: string, backends: readonly Backend[]): Place {
  const emulated: BoardUnderTest = { connection: { kind: 'emulator' }, expect: {} };
  if (name === 'host') return { target: undefined, board: emulated };
  const targets = backends.flatMap((backend) => backend.targets);
  const find = (wanted: string): Target => {
    const found = findTarget(wanted, targets);
    if (isRuntime(found)) throw backendErrors.runtimeOnly(found.name);
    return found;
  };
  if (!name.endsWith('.json')) return { target: find(name), board: emulated };
  const { target, connection, expect } = readDevice(name);
  return { target: find(target), board: { connection, expect } };
}

async function openPlace(
  { target, board }: Place,
  compressed: CompressedModel,
  backends: readonly Backend[],
): Promise<Opened> {
  const emitted = target ?? backends[0]?.targets[0];
  if (emitted === undefined) throw new RangeError('describeOnDevice needs a backend with a target');
  const { templates, emulators } = backendFor(emitted, backends);
  const emission = await emitModel(compressed, emitted, backends);
  if (target === undefined) {
    const [output] = compressed.model.outputs;
    const bytes = output === undefined ? 0 : elementCount(tensorOf(compressed.model, output).shape);
    return { ...openHost(emission, bytes), board: undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'opq-on-device-'));
  const { elf } = await buildFirmware({
    target,
    artifacts: emission.artifacts,
    directory: join(folder, 'build'),
    templates,
  });
  const boot = {
    target,
    image: elf,
    signal: undefined,
    emulators,
    verify: (device: Device) => verifyDevice(device, target, emission),
  };
  const device = await resumingDevice(() => openBoard(boot, board));
  return {
    board: device,
    async infer(input) {
      await device.load(input);
      return (await device.infer()).output;
    },
    async close() {
      await device.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const NEUTRAL: Quantisation = { scales: [1], zeroPoints: [0], axis: 0 };

/**
 * A suite that runs wherever `OPQ_DEVICE` says: on the host, on an emulated board, or on a real one. It is skipped, with a line
 * that says why, where a program is missing that the place needs.
 */
export function describeOnDevice(
  title: string,
  { model, backends, device = process.env['OPQ_DEVICE'] ?? 'qemu-cortex-m4' }: OnDevice,
  define: (device: DeviceUnderTest) => void,
): void {
  const place = placeOf(device, backends);
  const missing = missingFor(place.target);
  if (missing.length > 0) {
    process.stderr.write(`skipped: ${title} on ${device} needs ${missing.join(', ')} (npm run bootstrap)\n`);
    describe.skip(`${title} on ${device}`, () =>
      define(
        underTest(
          device,
          () => undefined,
          () => undefined,
        ),
      ));
    return;
  }
  describe(`${title} on ${device}`, () => {
    let opened: Opened | undefined;
    let compressed: CompressedModel | undefined;
    beforeAll(async () => {
      compressed = typeof model === 'string' ? loadCompressedModel(model) : model;
      opened = await openPlace(place, compressed, backends);
    }, PREPARATION);
    afterAll(() => opened?.close(), PREPARATION);
    define(underTest(
      device,
      () => opened,
      () => compressed,
    ));
  });
}

function underTest(
  name: string,
  opened: () => Opened | undefined,
  network: () => CompressedModel | undefined,
): DeviceUnderTest {
  const need = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The device is ready inside of tests only.');
    return value;
  };
  const infer = (input: Int8Array): Promise<Int8Array> => need(opened()).infer(input);
  return {
    name,
    get compressed() {
      return need(network());
    },
    infer,
    board: () => need(opened()).board,
    async compare(data, samples = data.count) {
      const { model } = need(network());
      const oracle = createIntegerInterpreter(model);
      const quantisation = (id: (typeof model.inputs)[number] | undefined): Quantisation =>
        (id === undefined ? undefined : tensorOf(model, id).quantisation) ?? NEUTRAL;
      const [input, output] = [quantisation(model.inputs[0]), quantisation(model.outputs[0])];
      const score = createScore(taskOf(model));
      const total = Math.min(samples, data.count);
      let equal = 0;
      let firstDifference: number | null = null;
      for (let i = 0; i < total; i++) {
        const real = data.sample(i);
        const stored = quantiseInput(real, input);
        const got = await infer(stored);
        const [wanted = new Int8Array()] = oracle.run([stored]);
        if (got.length === wanted.length && got.every((q, k) => q === wanted[k])) equal++;
        else firstDifference ??= i;
        score.add(data.label(i), real, dequantise(got, output));
      }
      return { total, equal, firstDifference, accuracy: score.accuracy() };
    },
  };
}
