import { equaliseLayers, foldBatchNorm, type WeightCompression } from '@opq/core';
import type { Model } from '@opq/ir';
import { correctBias } from './bias';
import { equaliseDeviations } from './deviations';
import type { RunOptions } from './options';
import { reconstructLayers, type ReconstructedLayer } from './reconstruct';
import type { Batch } from './walk';

/** The steps around compression that cost no training, each by itself. */
export interface Repairs {
  /** Before: constants around convolutions and dense layers go into their weights. */
  readonly foldBatchNorm: boolean;
  /** Before: channel ranges of neighbouring layers are evened out. Scales an int8 source brought along no longer hold then. */
  readonly equalise: boolean;
  /** Before, from samples: channels between neighbouring layers are made to vary alike. The same holds of an int8 source's scales. */
  readonly equaliseActivations: boolean;
  /** Before, from samples: gains, and factors between neighbouring layers, follow what errors cost the network's outputs. */
  readonly importance: boolean;
  /** From samples: which weights are pruned, of as many in each layer, is chosen by what the layer's outputs lose. */
  readonly masks: boolean;
  /** After, from samples: the mean of every channel becomes the original's. */
  readonly biasCorrection: boolean;
  /** After, from samples: survivors and biases solved anew, masks and steps fixed. */
  readonly reconstruction: boolean;
}

/**
 * The float model to compress and to compare with afterwards: the same function.
 * @param model float32
 */
export function prepareModel(
  model: Model,
  { foldBatchNorm: fold, equalise }: Pick<Repairs, 'foldBatchNorm' | 'equalise'>,
): Model {
  const folded = fold ? foldBatchNorm(model) : model;
  return equalise ? equaliseLayers(folded) : folded;
}

/**
 * As `prepareModel`, with what only samples tell. Factors that make activations vary alike replace those that even out weights.
 * @param samples real values of the model's one input
 * @throws OPQ0814, OPQ1001
 */
export async function prepareFromSamples(
  model: Model,
  samples: Batch,
  repairs: Pick<Repairs, 'foldBatchNorm' | 'equalise' | 'equaliseActivations' | 'importance'>,
  options: RunOptions = {},
): Promise<Model> {
  const prepared = prepareModel(model, repairs);
  // Importance sets the factors of the layers it can tell about; the others keep these.
  return repairs.equaliseActivations || repairs.importance
    ? equaliseDeviations(prepared, samples, options)
    : prepared;
}

/** A compression after all its repairs. */
export interface RepairedCompression {
  /** Quantise it with its own model, which holds the new biases: `quantiseModel(c.model, c, activations)`. */
  readonly compression: WeightCompression;
  /** What reconstruction did; empty without it. */
  readonly layers: readonly ReconstructedLayer[];
}

/**
 * Repairs a compression from calibration samples. Bias correction comes last, for layers that reconstruction left alone.
 * @param prepared the model that was compressed
 * @param samples real values of the model's one input; a few hundred
 * @throws OPQ0814, OPQ1001, OPQ1301
 */
export async function repairCompression(
  prepared: Model,
  compression: WeightCompression,
  samples: Batch,
  { reconstruction, biasCorrection }: Pick<Repairs, 'reconstruction' | 'biasCorrection'>,
  options: RunOptions = {},
): Promise<RepairedCompression> {
  const rebuilt = reconstruction
    ? await reconstructLayers(prepared, compression, samples, options)
    : { compression, layers: [] };
  // Reconstruction has solved the bias of every layer it touched.
  const untouched = rebuilt.layers.some(({ skipped }) => skipped !== undefined);
  if (!biasCorrection || (reconstruction && !untouched)) return rebuilt;
  return { ...rebuilt, compression: await correctBias(prepared, rebuilt.compression, samples, options) };
}
