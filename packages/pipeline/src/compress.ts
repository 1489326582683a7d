import { setImmediate } from 'node:timers/promises';
import { cliErrors, flasherErrors } from '@opq/errors';
import { elementCount, tensorOf, type ActivationRanges, type CompressedModel, type Model } from '@opq/ir';
import {
  compressWeights,
  fromInt8Model,
  quantiseActivations,
  quantiseModel,
  toFloatModel,
  type ActivationQuantisation,
  type WeightCompression,
} from '@opq/core';
import type { Dataset } from '@opq/data';
import { createRangeObserver } from '@opq/reference';
import type { CompressionConfig } from './config';
import { fixedFlash, type Storage } from './fixed-flash';
import type { RunOptions } from './progress';

export interface CompressRequest extends RunOptions {
  readonly source: Model;
  /** false: plain int8; an int8 source then passes unchanged. */
  readonly compress: CompressionConfig | false;
  /** What a flash budget is counted for. */
  readonly storage?: Storage | undefined;
  /** Needed for float sources only. */
  readonly calibration?: { readonly data: Dataset; readonly samples: number } | undefined;
}

export interface CompressResult {
  readonly compressed: CompressedModel;
  /** Absent without compression. */
  readonly weights?: WeightCompression;
}

/**
 * The range of every activation over the samples that calibrate. Lets other work in between samples, so that ctrl-C is heard.
 * @throws OPQ0814, OPQ0906, OPQ0908
 */
async function calibrate(
  model: Model,
  observed: Model,
  { calibration, progress, signal }: CompressRequest,
): Promise<ActivationRanges> {
  if (calibration === undefined) throw cliErrors.noData('Calibration');
  const total = Math.min(calibration.samples, calibration.data.count);
  const input = model.inputs[0];
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  const observer = createRangeObserver(observed);
  for (let i = 0; i < total; i++) {
    if (signal?.aborted) throw flasherErrors.stopped();
    const sample = calibration.data.sample(i);
    if (sample.length !== wanted) throw cliErrors.wrongDataShape(sample.length, wanted);
    observer.observe(sample);
    progress?.({ stage: 'calibrate', message: 'calibrating activations', done: i + 1, total });
    await setImmediate();
  }
  return observer.ranges;
}

/** @throws OPQ0912 for a flash budget without a board */
async function fixedBytes(model: Model, { compress, storage }: CompressRequest): Promise<number> {
  if (compress === false || !('flash' in compress.budget)) return 0;
  if (storage === undefined) throw cliErrors.flashWithoutTarget();
  return fixedFlash(model, storage);
}

/**
 * Prunes and quantises the weights (or not), then quantises activations: by calibration for a float source, with the source's
 * own scales for an int8 one. @throws OPQ03xx, OPQ0906
 */
export async function compressModel(request: CompressRequest): Promise<CompressResult> {
  const { source, compress, progress } = request;
  const view = toFloatModel(source);
  if (compress === false && view.activations !== undefined) return { compressed: fromInt8Model(source) };
  progress?.({
    stage: 'compress',
    message: compress === false ? 'quantising to int8' : 'allocating sparsity and steps',
  });
  const weights =
    compress === false
      ? undefined
      : compressWeights(view.model, { ...compress, fixedBytes: await fixedBytes(view.model, request) });
  const observed = weights?.model ?? view.model;
  const activations: ActivationQuantisation =
    view.activations ?? quantiseActivations(view.model, await calibrate(view.model, observed, request));
  return { compressed: quantiseModel(view.model, weights, activations), ...(weights && { weights }) };
}
