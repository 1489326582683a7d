import { cliErrors } from '@opq/errors';
import { elementCount, tensorOf, type CompressedModel, type Model } from '@opq/ir';
import {
  compressWeights,
  fromInt8Model,
  quantiseActivations,
  quantiseModel,
  toFloatModel,
  type ActivationQuantisation,
  type CompressOptions,
  type WeightCompression,
} from '@opq/core';
import type { Dataset } from '@opq/data';
import { observeRanges } from '@opq/reference';
import type { CompressionConfig } from './config';
import type { RunOptions } from './progress';

export interface CompressRequest extends RunOptions {
  readonly source: Model;
  /** false: plain int8; an int8 source then passes unchanged. */
  readonly compress: CompressionConfig | false;
  /** Needed for float sources only. */
  readonly calibration?: { readonly data: Dataset; readonly samples: number } | undefined;
}

export interface CompressResult {
  readonly compressed: CompressedModel;
  /** Absent without compression. */
  readonly weights?: WeightCompression;
}

/** The samples that calibrate, one after the other, told as they go. @throws OPQ0906, OPQ0908 */
function* calibrationSamples(
  model: Model,
  { calibration, progress, signal }: CompressRequest,
): Generator<Float32Array> {
  if (calibration === undefined) throw cliErrors.noData('Calibration');
  const total = Math.min(calibration.samples, calibration.data.count);
  const input = model.inputs[0];
  const wanted = input === undefined ? 0 : elementCount(tensorOf(model, input).shape);
  for (let i = 0; i < total; i++) {
    signal?.throwIfAborted();
    const sample = calibration.data.sample(i);
    if (sample.length !== wanted) throw cliErrors.wrongDataShape(sample.length, wanted);
    progress?.({ stage: 'calibrate', message: 'calibrating activations', done: i + 1, total });
    yield sample;
  }
}

/** Members of a config that are not set, as exactOptionalPropertyTypes wants them: left out. */
const given = (config: CompressionConfig): CompressOptions =>
  Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as unknown as CompressOptions;

/**
 * Prunes and quantises the weights (or not), then quantises activations: by calibration for a float source, with the source's
 * own scales for an int8 one. @throws OPQ03xx, OPQ0906
 */
export function compressModel(request: CompressRequest): CompressResult {
  const { source, compress, progress } = request;
  const view = toFloatModel(source);
  if (compress === false && view.activations !== undefined) return { compressed: fromInt8Model(source) };
  progress?.({
    stage: 'compress',
    message: compress === false ? 'quantising to int8' : 'allocating sparsity and steps',
  });
  const weights = compress === false ? undefined : compressWeights(view.model, given(compress));
  const observed = weights?.model ?? view.model;
  const activations: ActivationQuantisation =
    view.activations ??
    quantiseActivations(view.model, observeRanges(observed, calibrationSamples(view.model, request)));
  return { compressed: quantiseModel(view.model, weights, activations), ...(weights && { weights }) };
}
