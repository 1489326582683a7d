import { join } from 'node:path';
import { flasherErrors } from '@opq/errors';
import { backendFor, type Backend } from '@opq/backend';
import { asBuilt, buildFirmware, type BuiltFirmware } from '@opq/firmware';
import type { Device, Loader, PortLoader } from '@opq/flasher';
import type { CompressedModel } from '@opq/ir';
import {
  bootDevice,
  emitModel,
  flashFirmware,
  standInFor,
  verifyDevice,
  type Placement,
  type RunOptions,
} from '@opq/pipeline';
import type { Target } from '@opq/targets';
import { measureAccuracy, type AccuracyResult } from './accuracy';
import { endsOf, type Benchmark, type SampleEncoding } from './benchmarks';
import { runForMonitor, type EnergyResult } from './energy';
import { firmwareFor } from './firmware';
import { measurePerformance, type LoopOptions, type PerformanceResult } from './performance';
import type { BenchmarkData } from './samples';
import { benchmarkSession, type BenchmarkSession } from './session';

/**
 * `performance`: loops of inferences are timed; `accuracy`: answers are held against labels; `energy`: loops run while a monitor
 * measures power, and edges of a pin tell it when.
 */
export const BENCHMARK_MODES = ['performance', 'accuracy', 'energy'] as const;
/** One of `BENCHMARK_MODES`. */
export type BenchmarkMode = (typeof BENCHMARK_MODES)[number];

/** What building the firmware of a benchmark takes. */
export interface BenchmarkBuild extends RunOptions {
  readonly target: Target;
  readonly backends: readonly Backend[];
  readonly compressed: CompressedModel;
  readonly benchmark: Benchmark;
  /** The benchmark's own, or what samples mean to this network. */
  readonly encoding: SampleEncoding;
  readonly mode: BenchmarkMode;
  /** A board's port; the emulator without it. */
  readonly port?: string | undefined;
  readonly loader?: PortLoader | Loader | 'none' | undefined;
  readonly placement?: Placement | undefined;
  /** Folder for the build. */
  readonly directory: string;
}

/** A benchmark to build and run, and its samples. */
export interface BenchmarkRequest
  extends BenchmarkBuild,
    Pick<LoopOptions, 'iterations' | 'minimumSeconds' | 'warmUp'> {
  /** The benchmark's own samples, in its own order. */
  readonly data: BenchmarkData;
  /** In accuracy mode at most this many samples, the first ones. */
  readonly samples?: number | undefined;
  /** Told each command, answer and error, after `> `, `< ` and `! `. */
  readonly transcript?: ((line: string) => void) | undefined;
}

/** What a benchmark gave: latency, accuracy or loops by its mode, and on what. Holds no date and no path of the machine. */
export interface BenchmarkReport {
  readonly format: 'opq-mlperf';
  readonly version: 1;
  /** Which of the four. */
  readonly benchmark: Benchmark['name'];
  /** Name of the network: untrusted text. */
  readonly model: string;
  /** CRC-32 of the model's tables in flash, eight hexadecimal digits. */
  readonly modelCrc: string;
  /** Name of the target that was emitted for. */
  readonly target: string;
  /** Port, or the emulated machine. */
  readonly device: string;
  /** False on an emulated board. */
  readonly physical: boolean;
  /** Bytes of the whole firmware. */
  readonly image: { readonly flash: number; readonly ram: number };
  /** What its mode measures. */
  readonly result: PerformanceResult | AccuracyResult | EnergyResult;
}

interface Built {
  /** As it speaks: the target, or the emulated board that stands in for it, in energy mode at another rate. */
  readonly board: Target;
  readonly firmware: BuiltFirmware;
  readonly emulators: Backend['emulators'];
  verify(device: Device): Promise<void>;
}

/** Bytes of a `db` line; an interface board between host and board takes some of its own. */
const LINE_BYTES = { performance: 31, accuracy: 31, energy: 26 } as const;

/** Emits and builds the firmware of a benchmark, and writes it to the board on a port. @throws OPQ06xx, OPQ07xx, OPQ08xx */
export async function buildBenchmark(request: BenchmarkBuild): Promise<Built> {
  const { target, port, compressed, benchmark, progress, signal, loader = 'none' } = request;
  progress?.({ stage: 'emit', message: `emitting C for ${target.name}` });
  const emission = await emitModel(compressed, target, request.backends, request.placement);
  const described = port === undefined ? standInFor(target, request.backends) : target;
  const { templates, emulators } = backendFor(target, request.backends);
  const energy = request.mode === 'energy';
  const options = { benchmark: firmwareFor(benchmark, compressed.model, request.encoding, energy) };
  const board = asBuilt(described, options);
  progress?.({ stage: 'build', message: `building firmware of ${benchmark.name} for ${board.name}` });
  const firmware = await buildFirmware({
    target: board,
    artifacts: emission.artifacts,
    directory: join(request.directory, 'build'),
    templates,
    signal,
    ...options,
  });
  if (port !== undefined && loader !== 'none')
    await flashFirmware(firmware, target, loader, port, { progress, signal });
  return { board, firmware, emulators, verify: (device) => verifyDevice(device, board, emission) };
}

/**
 * Builds a network as a benchmark of MLPerf Tiny and runs it as the public runner does.
 * @throws OPQ0811 where the board runs another firmware, OPQ0808…OPQ0810 where it answers late or wrongly, and what building throws
 */
export async function runBenchmark(request: BenchmarkRequest): Promise<BenchmarkReport> {
  const { port, mode, benchmark, compressed, progress, signal } = request;
  const { board, firmware, emulators, verify } = await buildBenchmark(request);
  progress?.({
    stage: 'boot',
    message: port === undefined ? `booting ${board.title}` : `connecting to ${port}`,
  });
  const device = await bootDevice({ target: board, image: firmware.elf, signal, emulators, verify }, port);
  try {
    const session = benchmarkSession(device, {
      lineBytes: LINE_BYTES[mode],
      energy: mode === 'energy',
      transcript: request.transcript,
    });
    const { model } = await session.identify();
    if (model !== benchmark.name)
      throw flasherErrors.wrongDevice(device.name, 'benchmark', benchmark.name, model);
    await session.timestamp();
    const { modelCrc } = await device.info();
    return {
      format: 'opq-mlperf',
      version: 1,
      benchmark: benchmark.name,
      model: compressed.model.name,
      modelCrc,
      target: board.name,
      device: port ?? board.emulator?.machine ?? board.name,
      physical: port !== undefined,
      image: { flash: firmware.sizes.flash, ram: firmware.sizes.ram },
      result: await measured(session, device, board, request),
    };
  } finally {
    await device.close();
  }
}

async function measured(
  session: BenchmarkSession,
  device: Device,
  target: Target,
  request: BenchmarkRequest,
): Promise<BenchmarkReport['result']> {
  const { mode, data, benchmark, progress } = request;
  const step =
    (message: string) =>
    (done: number, total: number): void =>
      progress?.({ stage: 'measure', message, done, total });
  const loops: LoopOptions = {
    target,
    physical: request.port !== undefined,
    iterations: request.iterations,
    warmUp: request.warmUp,
    minimumSeconds: request.minimumSeconds,
    progress: step('running loops on the board'),
  };
  switch (mode) {
    case 'performance':
      return measurePerformance(session, device.name, data, loops);
    case 'accuracy':
      return measureAccuracy(session, device.name, data, {
        benchmark,
        samples: request.samples,
        outputs: benchmark.quality.measure === 'auc' ? 1 : endsOf(request.compressed.model).outputs,
        progress: step('running samples on the board'),
      });
    case 'energy': {
      const { ticks } = await device.infer();
      return runForMonitor(session, data, (1e6 * ticks) / target.timer.frequency, loops);
    }
  }
}
