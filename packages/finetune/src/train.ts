import { setImmediate } from 'node:timers/promises';
import { withLevels, type ActivationQuantisation, type WeightCompression } from '@opq/core';
import type { Dataset } from '@opq/data';
import { finetuneErrors, flasherErrors } from '@opq/errors';
import type { Model } from '@opq/ir';
import { follow } from './average';
import {
  fingerprintOf,
  readCheckpoint,
  writeCheckpoint,
  type CheckpointStore,
  type TrainingState,
} from './checkpoint';
import { createEvaluation, type Evaluation } from './evaluate';
import { better, type EpochRecord } from './history';
import { clip, startOptimiser, update } from './optimiser';
import type { FinetuneOptions } from './options';
import { createParameters } from './parameters';
import { createTrainer } from './gradients';
import { priceThatKeeps } from './price';
import { learningRateAt } from './schedule';
import { createStudy } from './study';

/** What is trained, on what, and what size it keeps to. */
export interface FinetuneRequest {
  /** float32, as it was compressed; teaches where the loss asks for it. */
  readonly original: Model;
  /** Of `original`, possibly repaired. */
  readonly compression: WeightCompression;
  /** What is trained on, with labels where the loss asks for them. */
  readonly training: Dataset;
  /** Chooses the best epoch; never trained on. */
  readonly validation: Dataset;
  /** How long and how fast is trained, and on which loss. */
  readonly options: FinetuneOptions;
  /** int8 scales of the activations; needed where `options.quantiseActivations` asks for them. */
  readonly activations?: ActivationQuantisation | undefined;
  /** Bytes that weights and their tables may take as stored; without it training takes no care of them. */
  readonly weightBytes?: number | undefined;
  /** Whether a compression keeps to its budget; without it all do. */
  readonly fits?: ((compression: WeightCompression) => boolean | Promise<boolean>) | undefined;
  /** Training goes on from the one that is there, and leaves one when it is stopped; none without it. */
  readonly checkpoints?: CheckpointStore | undefined;
}

/** How far training has come, told after every step. */
export interface FinetuneProgress {
  /** From 1. */
  readonly epoch: number;
  /** At most so many. */
  readonly epochs: number;
  /** Steps of this epoch that are done, from 1. */
  readonly step: number;
  /** Steps of an epoch. */
  readonly steps: number;
  /** Mean of the epoch so far. */
  readonly loss: number;
  /** Of the last finished epoch; null without labels. */
  readonly accuracy: number | null;
}

/** Who is told how training goes, and what stops it. */
export interface FinetuneRun {
  /** Called after every step. */
  readonly progress?: ((progress: FinetuneProgress) => void) | undefined;
  /** Stops training with OPQ0814, after a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/** What training came to. */
export interface Finetuned {
  /** The best epoch's network; masks, steps and codebooks are those of the request. */
  readonly compression: WeightCompression;
  /** One for each epoch, the network before training first. */
  readonly history: readonly EpochRecord[];
  /** Of the network that `compression` is; epoch 0 where no epoch was better. */
  readonly best: EpochRecord;
  /** Ended before its last epoch, because none was better for long enough. */
  readonly early: boolean;
}

/** Steps between looks at the size as stored. */
const PRICE_STEPS = 250;
/** Steps between checkpoints inside an epoch. */
const CHECKPOINT_STEPS = 500;

/**
 * Trains the survivors and biases of a compressed network through its frozen masks and quantisers (straight-through estimator).
 * The same request gives the same network on the same runtime, whatever the number of workers and wherever it was interrupted.
 * @throws OPQ0814 when stopped (a checkpoint is written first), OPQ14xx
 */
export async function finetune(request: FinetuneRequest, run: FinetuneRun = {}): Promise<Finetuned> {
  const { original, compression, options, checkpoints } = request;
  const study = createStudy(request);
  const trainer = await createTrainer(original, compression.model, request, run.signal);
  let opened: Evaluation | undefined;
  try {
    const parameters = createParameters(original, compression, trainer.parameters);
    const evaluation = (opened = await createEvaluation(request, parameters));
    const optimiser = study.optimiser;
    const steps = study.stepsPerEpoch;
    const total = steps * options.epochs;
    const fingerprint = fingerprintOf(request, trainer.runtime);
    const compressionAt = (values: Float32Array, price: number): WeightCompression => {
      parameters.setBitPrice(price);
      return withLevels(compression, parameters.changes(values));
    };
    /** The price that keeps to the size; it stays in force. */
    const priced = (values: Float32Array, price: number): number => {
      const { weightBytes } = request;
      if (weightBytes === undefined) return price;
      const chosen = priceThatKeeps(
        price,
        (tried) => compressionAt(values, tried).totals.bytes.flash <= weightBytes,
      );
      parameters.setBitPrice(chosen);
      return chosen;
    };
    const record = async (
      epoch: number,
      loss: number | null,
      values: Float32Array,
      bitPrice: number,
    ): Promise<EpochRecord> => {
      const candidate = compressionAt(values, bitPrice);
      return {
        epoch,
        loss,
        validation: await evaluation.score(values, run.signal),
        bytes: candidate.totals.bytes.flash,
        fits: (await request.fits?.(candidate)) ?? true,
        bitPrice,
        learningRate: epoch === 0 ? 0 : learningRateAt(study.schedule, epoch * steps - 1, total),
      };
    };
    const begin = async (): Promise<TrainingState> => {
      const values = parameters.start();
      const first = await record(0, null, values, 0);
      return {
        epoch: 1,
        step: 0,
        lossSum: 0,
        values,
        average: values.slice(),
        bitPrice: options.bitPrice,
        optimiser: startOptimiser(optimiser, parameters.count),
        history: [first],
        best: { epoch: 0, values: values.slice(), bitPrice: 0 },
      };
    };
    const saved = checkpoints?.read();
    let state =
      saved === undefined
        ? await begin()
        : readCheckpoint(saved, {
            fingerprint,
            count: parameters.count,
            memories: optimiser.kind === 'adam' ? 2 : 1,
          });
    const save = (): void => checkpoints?.write(writeCheckpoint(state, fingerprint));
    const gradient = new Float32Array(parameters.count);
    parameters.setBitPrice(state.bitPrice);

    while (state.epoch <= options.epochs && !impatient(state, options.patience)) {
      const { epoch } = state;
      const { values, average } = state;
      for (const batch of study.batches(epoch, state.step)) {
        // WebAssembly on this thread leaves no turn for signals by itself.
        await setImmediate();
        if (run.signal?.aborted) {
          save();
          throw flasherErrors.stopped();
        }
        parameters.project(values, trainer.tensors);
        const { loss, gradients } = await trainer.step(batch);
        if (!Number.isFinite(loss)) throw finetuneErrors.diverged((epoch - 1) * steps + state.step + 1);
        parameters.gather(gradients, gradient);
        if (options.clip > 0) clip(gradient, options.clip);
        const next = update(optimiser, state.optimiser, values, gradient, {
          learningRate: learningRateAt(study.schedule, (epoch - 1) * steps + state.step, total),
          weightDecay: options.weightDecay,
          decays: parameters.decays,
        });
        follow(average, values, options.average, next.step);
        state = { ...state, step: state.step + 1, lossSum: state.lossSum + loss, optimiser: next };
        run.progress?.({
          epoch,
          epochs: options.epochs,
          step: state.step,
          steps,
          loss: state.lossSum / state.step,
          accuracy: state.history.at(-1)?.validation.accuracy ?? null,
        });
        if (state.step % PRICE_STEPS === 0) state = { ...state, bitPrice: priced(average, state.bitPrice) };
        if (state.step % CHECKPOINT_STEPS === 0) save();
      }
      const bitPrice = priced(average, state.bitPrice);
      const finished = await record(epoch, state.lossSum / Math.max(1, state.step), average, bitPrice);
      const leader = state.history[state.best.epoch] as EpochRecord;
      state = {
        ...state,
        epoch: epoch + 1,
        step: 0,
        lossSum: 0,
        bitPrice,
        history: [...state.history, finished],
        best: better(finished, leader, state.history, request.validation.count)
          ? { epoch, values: average.slice(), bitPrice }
          : state.best,
      };
      save();
    }
    return {
      compression: compressionAt(state.best.values, state.best.bitPrice),
      history: state.history,
      best: state.history[state.best.epoch] as EpochRecord,
      early: state.epoch <= options.epochs,
    };
  } finally {
    await opened?.close();
    await trainer.close();
  }
}

const impatient = ({ epoch, best }: TrainingState, patience: number): boolean =>
  patience > 0 && epoch - 1 - best.epoch >= patience;
