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
import { prepareModel, type ReconstructedLayer, type Repairs } from '@opq/repair';
import { calibrate, calibrationSamples, type Calibration } from './calibrate';
import type { CompressionConfig } from './config';
import { bytesBesidesWeights, estimateFixedFlash, type Storage } from './fixed-flash';
import type { RunOptions } from './progress';
import { compressWithinBudget, repairsFor } from './repair';

export interface CompressRequest extends RunOptions {
  readonly source: Model;
  /** false: plain int8; an int8 source then passes unchanged. */
  readonly compress: CompressionConfig | false;
  /** What a flash budget is counted for. */
  readonly storage?: Storage | undefined;
  /** Needed for float sources; without it an int8 source is compressed but not repaired. */
  readonly calibration?: Calibration | undefined;
}

export interface CompressResult {
  readonly compressed: CompressedModel;
  /** Absent without compression. */
  readonly weights?: WeightCompression;
  /** The steps around the compression that were taken; absent without compression. */
  readonly repairs?: Repairs;
  /** What reconstruction did to each layer; empty without it. */
  readonly reconstructed?: readonly ReconstructedLayer[];
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
  const prepared = prepareModel(view.model, repairs);

  progress?.({ stage: 'compress', message: 'allocating sparsity and steps' });
  const flash = 'flash' in compress.budget ? compress.budget.flash : undefined;
  let fixedBytes = flash === undefined ? 0 : await estimateFixedFlash(prepared, compress, storageOf(request));
  for (let attempt = 0; ; attempt++) {
    const options = { ...compress, fixedBytes };
    const { compression, layers } = await compressWithinBudget(prepared, options, samples, repairs, request);
    const activations = view.activations ?? (await activationsOf(compression.model, request));
    const compressed = quantiseModel(compression.model, compression, activations);
    const result = { compressed, weights: compression, repairs, reconstructed: layers };
    if (flash === undefined) return result;
    const fixed = await bytesBesidesWeights(compressed, storageOf(request));
    const total = fixed + compression.totals.bytes.flash;
    if (total <= flash) return result;
    if (attempt === ATTEMPTS) throw coreErrors.limitUnreachable(flash, total, 'flash');
    // How layers are computed, and so what describes them, changes with the weights: never less than before.
    fixedBytes = Math.max(fixed, fixedBytes + 1);
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
