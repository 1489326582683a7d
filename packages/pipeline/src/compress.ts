import {
  fromInt8Model,
  quantiseActivations,
  quantiseModel,
  toFloatModel,
  type ActivationQuantisation,
  type WeightCompression,
} from '@opq/core';
import { cliErrors, coreErrors } from '@opq/errors';
import type { CompressedModel, Model } from '@opq/ir';
import { prepareFromSamples, type ReconstructedLayer, type Repairs } from '@opq/repair';
import { calibrate, calibrationSamples, type Calibration } from './calibrate';
import type { CompressionConfig } from './config';
import { finetuneCompression, type FinetunePlan, type FinetuneOutcome } from './finetune';
import { bytesBesidesWeights, estimateFixedFlash, type Storage } from './fixed-flash';
import { weighChannels } from './importance';
import type { RunOptions } from './progress';
import { compressWithinBudget, lookedAt, repairsFor } from './repair';

/** A network, how its weights are to be compressed, and the samples that help. */
export interface CompressRequest extends RunOptions {
  /** In float32, or full int8. */
  readonly source: Model;
  /** false: plain int8; an int8 source then passes unchanged. */
  readonly compress: CompressionConfig | false;
  /** What a flash budget is counted for. */
  readonly storage?: Storage | undefined;
  /** Needed for float sources; without it an int8 source is compressed but not repaired. */
  readonly calibration?: Calibration | undefined;
  /** Trains the survivors after repair; nothing is trained without it. */
  readonly finetune?: FinetunePlan | undefined;
}

/** A compressed network, and how it came about. */
export interface CompressResult {
  /** Ready to be emitted. */
  readonly compressed: CompressedModel;
  /** Absent without compression. */
  readonly weights?: WeightCompression;
  /** What activations are rounded with; absent without compression. */
  readonly activations?: ActivationQuantisation;
  /** The steps around the compression that were taken; absent without compression. */
  readonly repairs?: Repairs;
  /** What reconstruction did to each layer; empty without it. */
  readonly reconstructed?: readonly ReconstructedLayer[];
  /** How training went, and the network it began with; absent without finetuning. */
  readonly finetuned?: FinetuneOutcome;
}

/**
 * Prunes and quantises the weights (or not), repairs them from samples, then quantises activations: by calibration for a float
 * source, with the source's own scales for an int8 one.
 * @throws OPQ03xx, OPQ0814, OPQ0906, OPQ0908, OPQ0912
 */
export async function compressModel(request: CompressRequest): Promise<CompressResult> {
  const { source, compress, progress } = request;
  const view = toFloatModel(source);
  if (compress === false) {
    if (view.activations !== undefined) return { compressed: fromInt8Model(source) };
    progress?.({ stage: 'compress', message: 'quantising to int8' });
    return { compressed: quantiseModel(view.model, undefined, await activationsOf(view.model, request)) };
  }
  const samples = calibrationSamples(view.model, request.calibration);
  if (samples.length === 0 && view.activations === undefined) throw cliErrors.noData('Calibration');
  const repairs = repairsFor(compress, {
    samples: samples.length > 0,
    int8Source: view.activations !== undefined,
  });
  const looked = lookedAt(view.model, samples);
  const folded = await prepareFromSamples(view.model, looked, repairs, {
    signal: request.signal,
    progress: (message, done, total) => progress?.({ stage: 'repair', message, done, total }),
  });
  const { model: prepared, importance } = repairs.importance
    ? await weighChannels(folded, looked, request)
    : { model: folded, importance: undefined };

  progress?.({ stage: 'compress', message: 'allocating sparsity and steps' });
  const flash = 'flash' in compress.budget ? compress.budget.flash : undefined;
  let fixedBytes = flash === undefined ? 0 : await estimateFixedFlash(prepared, compress, storageOf(request));
  const room = request.finetune?.options.room ?? 0;
  for (let attempt = 0; ; attempt++) {
    const options = { ...compress, fixedBytes, importance };
    const { compression, layers, generous } = await compressWithinBudget(
      prepared,
      options,
      samples,
      repairs,
      request,
      room,
    );
    const activations = view.activations ?? (await activationsOf(compression.model, request));
    const compressed = quantiseModel(compression.model, compression, activations);
    if (flash !== undefined) {
      const fixed = await bytesBesidesWeights(compressed, storageOf(request), compression.totals.bytes.flash);
      const total = fixed + compression.totals.bytes.flash;
      if (total > flash) {
        if (attempt === ATTEMPTS) throw coreErrors.limitUnreachable(flash, total, 'flash');
        // How layers are computed, and so what describes them, changes with the weights: never less than before.
        fixedBytes = Math.max(fixed, fixedBytes + 1);
        continue;
      }
    }
    const result = { compressed, weights: compression, activations, repairs, reconstructed: layers };
    if (request.finetune === undefined) return result;
    const start = generous ?? compression;
    const finetuned = await finetuneCompression(
      {
        ...request,
        plan: request.finetune,
        original: prepared,
        compression,
        start,
        activations: view.activations ?? (await activationsOf(start.model, request)),
      },
      request,
    );
    return {
      ...result,
      compressed: quantiseModel(finetuned.compression.model, finetuned.compression, finetuned.activations),
      weights: finetuned.compression,
      activations: finetuned.activations,
      finetuned,
    };
  }
}

/** Compressions made anew because biases or factors took more bytes than estimated. */
const ATTEMPTS = 4;

const activationsOf = async (model: Model, request: CompressRequest): Promise<ActivationQuantisation> =>
  quantiseActivations(model, await calibrate(model, request));

/** @throws OPQ0912 for a flash budget without a board */
function storageOf({ storage }: CompressRequest): Storage {
  if (storage === undefined) throw cliErrors.flashWithoutTarget();
  return storage;
}
