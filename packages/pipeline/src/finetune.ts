import {
  budgetUse,
  quantiseActivations,
  quantiseModel,
  type ActivationQuantisation,
  type WeightCompression,
} from '@opq/core';
import { splitDataset, type Dataset } from '@opq/data';
import { cliErrors } from '@opq/errors';
import {
  finetune,
  networkAccuracy,
  toFakeQuantisation,
  type CheckpointStore,
  type Finetuned,
  type FinetuneOptions,
} from '@opq/finetune';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import { calibrate, type Calibration } from './calibrate';
import type { CompressionConfig } from './config';
import { bytesBesidesWeights, type Storage } from './fixed-flash';
import type { RunOptions } from './progress';

/** How a compressed network is trained, and on what. */
export interface FinetunePlan {
  /** How long and how fast is trained, and on which loss. */
  readonly options: FinetuneOptions;
  /** What is trained on, with labels where the loss asks for them. */
  readonly training: Dataset;
  /** Chooses the best epoch; a part of the training data unless given. */
  readonly validation?: Dataset | undefined;
  /** Training goes on from the one that is there, and leaves one when it is stopped; none without it. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** The training data are inputs made up; progress says so. */
  readonly synthetic?: boolean;
}

/** A finetuned network beside the one it was trained from. */
export interface FinetuneOutcome extends Finetuned {
  /** The network without training, within the budget; it is also the result where no epoch is better. */
  readonly before: WeightCompression;
  /** What the finetuned network's activations are rounded with. */
  readonly activations: ActivationQuantisation;
}

interface FinetuneCompressionRequest {
  readonly plan: FinetunePlan;
  /** float32, as it was compressed. */
  readonly original: Model;
  /** Keeps to the budget. */
  readonly compression: WeightCompression;
  /** What training begins with; it may be over the budget, to which the price of bits then brings it back. */
  readonly start: WeightCompression;
  /** Of `start`. */
  readonly activations: ActivationQuantisation;
  readonly compress: CompressionConfig | false;
  readonly storage?: Storage | undefined;
  readonly calibration?: Calibration | undefined;
}

/**
 * Trains a repaired compression within its budget. Activations keep their scales where training has rounded them; else they are
 * calibrated anew.
 * @throws OPQ0419 for too few samples to hold some back, OPQ0814, OPQ0908, OPQ14xx
 */
export async function finetuneCompression(
  request: FinetuneCompressionRequest,
  run: RunOptions,
): Promise<FinetuneOutcome> {
  const { plan, original, compression, start, activations } = request;
  const { options } = plan;
  checkShape(original, plan.training);
  const parts =
    plan.validation === undefined
      ? splitDataset(plan.training, { share: options.validation, seed: options.seed })
      : { training: plan.training, validation: plan.validation };
  const finetuned = await finetune(
    {
      original,
      compression: start,
      ...parts,
      options,
      activations,
      weightBytes: await weightBytes(request),
      fits: (candidate) => fits(candidate, request),
      checkpoints: plan.checkpoints,
    },
    {
      signal: run.signal,
      progress: ({ epoch, epochs, step, steps, loss, accuracy }) =>
        run.progress?.({
          stage: 'finetune',
          message: plan.synthetic === true ? 'finetuning on synthetic inputs' : 'finetuning',
          note: `epoch ${epoch} of ${epochs}${accuracy === null ? '' : `, accuracy so far ${(100 * accuracy).toFixed(1)} %`}`,
          detail: `loss ${loss.toPrecision(3)}`,
          done: (epoch - 1) * steps + step,
          total: epochs * steps,
        }),
    },
  );
  const trained = await isBetter(finetuned, request, parts.validation, run.signal);
  const result = trained ? finetuned.compression : compression;
  return {
    ...finetuned,
    compression: result,
    best: trained ? finetuned.best : (finetuned.history[0] ?? finetuned.best),
    before: compression,
    activations: options.quantiseActivations
      ? activations
      : quantiseActivations(
          result.model,
          await calibrate(result.model, { ...run, calibration: request.calibration }),
        ),
  };
}

/** Whether what was trained keeps to the budget and is no worse than the compression without training. */
async function isBetter(
  { best }: Finetuned,
  { plan: { options }, compression, start, activations }: FinetuneCompressionRequest,
  validation: Dataset,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (start === compression) return true;
  if (!best.fits) return false;
  const without = await networkAccuracy(
    {
      model: compression.model,
      data: validation,
      runtime: options.runtime,
      fakeQuantisation: options.quantiseActivations ? toFakeQuantisation(activations) : undefined,
    },
    { signal },
  );
  return without === null || best.validation.accuracy === null || best.validation.accuracy >= without;
}

/** Bytes that biases may come to take while they train: a factor or a wider bias in a layer or two. */
const ROOM_FOR_BIASES = 32;

/** What the budget allows for weights and their tables as stored; undefined where it says nothing of that. */
async function weightBytes(request: FinetuneCompressionRequest): Promise<number | undefined> {
  const { compression, activations, storage } = request;
  const { budget, totals } = compression;
  if ('flash' in budget && storage !== undefined) {
    const model = quantiseModel(compression.model, compression, activations);
    return (
      budget.flash -
      (await bytesBesidesWeights(model, storage, compression.totals.bytes.flash)) -
      ROOM_FOR_BIASES
    );
  }
  const use = budgetUse(compression);
  const counted = 'accounting' in budget ? budget.accounting : 'flash';
  return use === 0 || (counted ?? 'flash') !== 'flash' ? undefined : totals.bytes.flash / use;
}

/** Whether all that reaches flash keeps to the budget, to the byte. */
async function fits(
  candidate: WeightCompression,
  { activations, storage }: FinetuneCompressionRequest,
): Promise<boolean> {
  const { budget } = candidate;
  if (!('flash' in budget) || storage === undefined) return budgetUse(candidate) <= 1;
  const stored = candidate.totals.bytes.flash;
  const fixed = await bytesBesidesWeights(
    quantiseModel(candidate.model, candidate, activations),
    storage,
    stored,
  );
  return fixed + candidate.totals.bytes.flash <= budget.flash;
}

/** @throws OPQ0908 */
function checkShape(model: Model, data: Dataset): void {
  const [input] = model.inputs;
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  const found = data.count === 0 ? wanted : data.sample(0).length;
  if (found !== wanted) throw cliErrors.wrongDataShape(found, wanted);
}
