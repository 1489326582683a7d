import { join } from 'node:path';
import type { Backend } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { OpqError } from '@opq/errors';
import { readSymbols } from '@opq/firmware';
import {
  deploy, emitModel, floatAccuracy, integerAccuracy, type DeployReport, type Progress, type RunOptions,
} from '@opq/pipeline'; // prettier-ignore
import type { Target } from '@opq/targets';
import { linkedSizes } from './flash';
import { prepare, type PreparedModel } from './models';
import type { BenchLayer, BenchRow, MeasuredRow } from './row';
import { boardName, type Job } from './selection';

export interface MeasureOptions extends RunOptions {
  /** Samples on each board. */
  readonly boardSamples: number;
  /** Samples on the host's interpreter, at most all that test. */
  readonly hostSamples?: number | undefined;
  /** Folder for builds. */
  readonly directory: string;
}

const backends: readonly Backend[] = [cortexM(), esp32()];

/** Why a board cannot have a network: refused by its backend, too large, or no backend at all. */
const REFUSALS: readonly string[] = ['OPQ0601', 'OPQ0604', 'OPQ0704'];

/** Progress that says which row it belongs to. */
const labelled = (progress: Progress | undefined, label: string): Progress | undefined =>
  progress && ((event) => progress({ ...event, message: `${label}: ${event.message}` }));

/** What the emission's report predicts for a layer, where it does. */
const predictionOf = (layer: object): { readonly predicted?: number } =>
  'instructions' in layer && typeof layer.instructions === 'number'
    ? { predicted: Math.round(layer.instructions) }
    : {};

const layersOf = (report: DeployReport): readonly BenchLayer[] =>
  report.layers.map((layer) => ({
    layer: layer.layer,
    kind: layer.kind,
    encoding: layer.encoding,
    bytes: layer.weightBytes + layer.tableBytes,
    macs: layer.macs,
    instructions: layer.latency.value,
    ...predictionOf(layer),
  }));

/** Instructions in one tick of an emulated board's timer. */
const instructionsPerTick = ({ timer, emulator }: Target): number =>
  1e9 / timer.frequency / 2 ** (emulator?.icountShift ?? 0);

type HostAccuracy = Pick<MeasuredRow, 'accuracy' | 'accuracySamples' | 'sourceAccuracy'>;

/** Emits, builds, runs and counts one network on one emulated board. */
async function measureOn(
  target: Target,
  { model, variant }: Job,
  prepared: PreparedModel,
  accuracy: HostAccuracy,
  options: MeasureOptions,
): Promise<BenchRow> {
  const key = { model: model.name, board: boardName(target), variant: variant.name };
  const directory = join(options.directory, `${key.model}-${key.variant}-${target.name}`);
  try {
    const emission = await emitModel(prepared.compressed, target, backends, prepared.placement);
    const report = await deploy({
      ...options,
      ...prepared,
      emission,
      target,
      backends,
      compress: false,
      samples: options.boardSamples,
      directory,
    });
    const elf = join(directory, 'build', 'firmware.elf');
    const linked = linkedSizes(await readSymbols(target, elf, options.signal), emission);
    return {
      ...key,
      instructions: report.latency.value,
      flash: { model: emission.flash, code: linked.code },
      ram: { arena: emission.ram, stack: report.memory.stackInference },
      ...accuracy,
      bitExact: report.bitExact.equal === report.bitExact.total && report.selfTest,
      boardSamples: report.samples,
      boardAccuracy: report.accuracy?.board ?? 0,
      instructionsRange: report.latencyRange,
      instructionsPerTick: instructionsPerTick(target),
      macs: report.layers.reduce((n, { macs }) => n + macs, 0),
      firmware: report.size.image.flash - linked.tables - linked.code,
      sizesAgree: linked.tables === emission.flash && linked.arena === emission.ram,
      layers: layersOf(report),
    };
  } catch (error) {
    if (error instanceof OpqError && REFUSALS.includes(error.code)) return { ...key, refused: error.code };
    throw error;
  }
}

async function accuracyOf(
  { variant }: Job,
  { compressed, float, data }: PreparedModel,
  options: MeasureOptions,
): Promise<HostAccuracy> {
  const samples = Math.min(options.hostSamples ?? Infinity, data.count);
  const shared = { ...options, samples };
  const accuracy = await integerAccuracy(compressed, data, { ...shared, message: 'accuracy on the host' });
  if (!('file' in variant)) return { accuracy, accuracySamples: samples };
  const sourceAccuracy = await floatAccuracy(float, data, { ...shared, message: 'accuracy in float32' });
  return { accuracy, accuracySamples: samples, sourceAccuracy };
}

/** The rows of one job, a board each. Accuracy is counted once, on the host: every board gives the same bits. */
export async function measureJob(job: Job, options: MeasureOptions): Promise<readonly BenchRow[]> {
  const label = `${job.model.name} ${job.variant.name}`;
  const onHost = { ...options, progress: labelled(options.progress, label) };
  const prepared = await prepare(job.model, job.variant, onHost);
  const accuracy = await accuracyOf(job, prepared, onHost);
  const rows: BenchRow[] = [];
  for (const target of job.targets) {
    const progress = labelled(options.progress, `${label} on ${boardName(target)}`);
    rows.push(await measureOn(target, job, prepared, accuracy, { ...options, progress }));
  }
  return rows;
}
