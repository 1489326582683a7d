import { readFileSync } from 'node:fs';
import { backendFor, requireChecked, type Backend } from '@opq/backend';
import { toFloatModel, type ActivationQuantisation } from '@opq/core';
import { openDataset, type Dataset } from '@opq/data';
import { cliErrors, OpqError } from '@opq/errors';
import { networkAccuracy, toFakeQuantisation } from '@opq/finetune';
import { crc32, tensorOf, writeCompressedModel, type CompressedModel, type Model } from '@opq/ir';
import { prepareModel } from '@opq/repair';
import { findTarget } from '@opq/targets';
import { compressModel } from '../compress';
import { loadConfig } from '../config';
import type { Storage } from '../fixed-flash';
import { loadModel } from '../load';
import type { RunOptions } from '../progress';
import { openTrainingData, type TrainingData } from '../training-data';
import { checkpointsOf, modelPath, writeResult } from './folder';
import type { SweepJob, SweepPlan, SweepPoint } from './plan';
import type { PointResult, SweepResult } from './result';

/** What all jobs of a plan work on, opened once in each process. */
export interface SweepInputs {
  readonly source: Model;
  /** The file it was read from. */
  readonly bytes: Uint8Array;
  readonly data: TrainingData;
  /** Where it is other data than those that train. */
  readonly calibration: Dataset | undefined;
  readonly storage: Storage;
}

/** @param backends those the program brings along @throws OPQ04xx, OPQ0501, OPQ0904, and what reading a model throws */
export async function openInputs(plan: SweepPlan, backends: readonly Backend[]): Promise<SweepInputs> {
  const source = await loadModel(plan.model);
  const own = plan.config === undefined ? backends : loadConfig(plan.config).backends;
  const target = findTarget(
    plan.target,
    own.flatMap((backend) => backend.targets),
  );
  const [id] = source.inputs;
  const shape = id === undefined ? [] : tensorOf(source, id).shape.slice(1);
  const { data: named } = plan.calibration;
  return {
    source,
    bytes: readFileSync(plan.model),
    data: await openTrainingData(plan.data, shape),
    calibration: named && (await openDataset(named.description, named.base, shape)),
    storage: { target, backends: own },
  };
}

export interface JobRequest {
  readonly plan: SweepPlan;
  readonly folder: string;
  readonly job: SweepJob;
  readonly fingerprint: string;
}

/** Does one job and keeps its result in the folder. @throws what compressing, finetuning and measuring throw */
export async function runJob(
  request: JobRequest,
  inputs: SweepInputs,
  run: RunOptions,
): Promise<SweepResult> {
  const { job, folder, fingerprint } = request;
  const { result, model } =
    job.kind === 'float32'
      ? { result: await floatResult(request.plan, inputs, run), model: undefined }
      : await pointResult(request, job.point, inputs, run);
  writeResult(folder, job, fingerprint, result, model);
  return result;
}

async function floatResult(
  plan: SweepPlan,
  { source, data }: SweepInputs,
  run: RunOptions,
): Promise<SweepResult> {
  const { model } = toFloatModel(source);
  const prepared = prepareModel(model, { foldBatchNorm: true, equalise: false });
  const weights = model.layers.reduce(
    (n, layer) => n + ('weights' in layer ? (tensorOf(model, layer.weights).data?.length ?? 0) : 0),
    0,
  );
  return { kind: 'float32', bytes: 4 * weights, accuracy: await accuracyOf(prepared, undefined, plan, data.test, run) };
} // prettier-ignore

async function pointResult(
  { plan, folder, job, fingerprint }: JobRequest,
  { name, allocator, budget, finetuned }: SweepPoint,
  { source, data, calibration, storage }: SweepInputs,
  run: RunOptions,
): Promise<{ readonly result: PointResult; readonly model: Uint8Array }> {
  const { training, validation, test } = data;
  const compression = await compressModel({
    ...run,
    source,
    compress: { ...plan.compress, allocator, budget },
    storage,
    calibration: { data: calibration ?? training, samples: plan.calibration.samples },
    ...(finetuned &&
      plan.finetune !== undefined && {
        finetune: {
          options: { ...plan.finetune, runtime: plan.runtime, workers: 1 },
          training,
          validation,
          checkpoints: checkpointsOf(folder, job, fingerprint),
        },
      }),
  });
  const { compressed, weights, activations } = compression;
  if (weights === undefined || activations === undefined)
    throw new Error('a point without compressed weights');
  const model = writeCompressedModel(compressed);
  const { totals, resolved } = weights;
  const result: PointResult = {
    kind: 'point',
    name,
    allocator,
    budget,
    finetuned,
    bytes: { stored: totals.bytes.flash, flash: await flashOf(compressed, storage) },
    ratio: totals.before / totals.bytes.flash,
    sparsity: resolved.sparsity,
    bits: resolved.bits,
    accuracy: {
      float: await accuracyOf(weights.model, undefined, plan, test, run),
      int8: await accuracyOf(weights.model, activations, plan, test, run),
    },
    epoch: compression.finetuned?.best.epoch ?? null,
    file: { path: modelPath(job), bytes: model.length, crc32: crc32(model) },
  };
  return { result, model };
}

/** @throws OPQ0913 for data without labels */
async function accuracyOf(
  model: Model,
  activations: ActivationQuantisation | undefined,
  { runtime }: SweepPlan,
  data: Dataset,
  { progress, signal }: RunOptions,
): Promise<number> {
  const accuracy = await networkAccuracy(
    { model, data, runtime, fakeQuantisation: activations && toFakeQuantisation(activations) },
    {
      signal,
      progress: (done) =>
        progress?.({ stage: 'accuracy', message: 'measuring accuracy', done, total: data.count }),
    },
  );
  if (accuracy === null) throw cliErrors.noLabels();
  return accuracy;
}

/** Bytes of all that the target stores; null where it refuses the network. */
async function flashOf(compressed: CompressedModel, { target, backends }: Storage): Promise<number | null> {
  const backend = backendFor(target, backends);
  try {
    return (await backend.emit(requireChecked(compressed, backend, target), target)).flash;
  } catch (error) {
    if (error instanceof OpqError && error.code === 'OPQ0601') return null;
    throw error;
  }
}
