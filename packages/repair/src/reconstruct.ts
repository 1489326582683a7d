import { layerInputs, type Model, type WeightedLayer } from '@opq/ir';
import {
  layerWeights,
  weightIndex,
  withLevels,
  type CompressedWeights,
  type LayerWeights,
  type WeightCompression,
} from '@opq/core';
import { levelBits } from '@opq/encodings';
import { biasOf } from './bias';
import { solveChannel } from './channel';
import { allowedLevels, pricedLevels } from './levels';
import { MomentSums, type Moments } from './moments';
import { breathe, type RunOptions } from './options';
import { layerRows, samplePixels, type LayerRows } from './rows';
import { walk, type Batch, type Visit } from './walk';

/** Which layers are solved anew, from how many rows, and what a bit costs (docs/method.md, Repair without training). */
export interface ReconstructOptions extends RunOptions {
  /** Layers with more weights per output channel are left alone; 2048 unless given. */
  readonly maximumFanIn?: number | undefined;
  /** Output pixels of a sample that count, for larger images an even choice of them; 32 unless given. */
  readonly pixelsPerSample?: number | undefined;
  /** λ of the ridge, relative to the mean variance of the layer's inputs; 0.01 unless given. */
  readonly damping?: number | undefined;
  /**
   * What a bit costs, relative to the slope of error over rate at the layer's step: 1 is where rate and error are in balance,
   * 0 takes no care of bytes. ½ unless given.
   */
  readonly bitPrice?: number | undefined;
}

/** What became of one weighted layer. */
export interface ReconstructedLayer {
  /** Its name: untrusted text. */
  readonly layer: string;
  /** Σ (target − output)² / Σ target² over the calibration rows, before and after; absent where the layer was left alone. */
  readonly before?: number;
  /** The same afterwards; never above `before`. */
  readonly after?: number;
  /** Why it was left alone: too many weights per output channel, a weight tensor of several layers, or no weights compressed. */
  readonly skipped?: 'fan-in' | 'shared' | 'uncompressed';
}

/** A compression whose survivors and biases were solved anew. */
export interface Reconstruction {
  /** The same masks and steps, other levels and biases. */
  readonly compression: WeightCompression;
  /** One for each weighted layer, in their order. */
  readonly layers: readonly ReconstructedLayer[];
}

/** Moments of every group of a layer over the chosen rows of all samples. */
export async function layerMoments(
  rows: LayerRows,
  { inputs, targets }: Visit,
  most: number,
  options: RunOptions,
): Promise<readonly Moments[]> {
  const outputs = rows.channels / rows.groups;
  const sums = Array.from({ length: rows.groups }, () => new MomentSums(rows.fanIn, outputs));
  const row = new Float64Array(rows.groups * rows.fanIn);
  for (const [sample, input] of inputs.entries()) {
    const target = targets[sample] ?? new Float32Array();
    for (const pixel of samplePixels(rows.pixels, most, sample)) {
      rows.gather(input, pixel, row);
      sums.forEach((sum, g) => sum.add(row, g * rows.fanIn, target, pixel * rows.channels + g * outputs));
    }
    await breathe(options);
  }
  return sums.map((sum) => sum.finish());
}

interface SolvedLayer {
  readonly levels: Int8Array;
  readonly bias: Float32Array;
  /** Mean squared errors, summed over the channels, and the mean square of the targets. */
  readonly before: number;
  readonly after: number;
  readonly signal: number;
}

/** What compression fixed of a layer, and what it was. */
interface LayerToSolve {
  readonly compressed: CompressedWeights;
  readonly original: LayerWeights;
  /** Before reconstruction. */
  readonly bias: Float64Array;
  readonly moments: readonly Moments[];
}

/** −dD/dR = 2 ln 2 · D with D = Δ²/12 of a unit variance, in units of Δ²: error that one bit more of a weight saves. */
const SLOPE = Math.LN2 / 6;

function* survivingLevels({ levels, mask }: CompressedWeights): Generator<number> {
  for (let i = 0; i < levels.length; i++) if (mask[i] === 1) yield levels[i] as number;
}

async function solveLayer(
  { compressed, original, bias, moments }: LayerToSolve,
  { damping, bitPrice }: { readonly damping: number; readonly bitPrice: number },
  options: RunOptions,
): Promise<SolvedLayer> {
  const { scales, mask, codebook, smallestLevel, largestLevels } = compressed;
  const levels = Int8Array.from(compressed.levels);
  const outputs = original.channels / moments.length;
  const newBias = Float32Array.from(bias);
  const occurring = levelBits(codebook, survivingLevels(compressed));
  const bits = new Map(codebook.map((level, i) => [level, occurring[i] ?? 0]));
  let [before, after, signal] = [0, 0, 0];
  for (let channel = 0; channel < original.channels; channel++) {
    const group = moments[Math.floor(channel / outputs)];
    const scale = scales[scales.length === 1 ? 0 : channel] ?? 0;
    if (group === undefined) continue;
    const output = channel % outputs;
    const index = (k: number): number => weightIndex(original, channel, k);
    const survivors = Int32Array.from({ length: original.fanIn }, (_, k) => k).filter(
      (k) => mask[index(k)] === 1,
    );
    const allowed = allowedLevels(codebook, smallestLevel, largestLevels[channel] ?? 0);
    const perBit = bitPrice * SLOPE * meanVariance(group);
    const start = Float64Array.from(survivors, (k) => levels[index(k)] as number);
    const solution = solveChannel({
      moments: group,
      output,
      survivors,
      scale,
      levels: pricedLevels(
        allowed,
        allowed.map((level) => perBit * (bits.get(level) ?? 0)),
      ),
      start,
      original: Float64Array.from(survivors, (k) => original.values[index(k)] as number),
      damping: damping * meanVariance(group),
    });
    survivors.forEach((k, i) => (levels[index(k)] = solution.levels[i] as number));
    /** What the mean output lacks of the mean target with these levels and no bias. */
    const lacking = (q: Float64Array): number =>
      survivors.reduce(
        (sum, k, i) => sum - scale * (q[i] as number) * (group.inputMeans[k] as number),
        group.outputMeans[output] as number,
      );
    const best = lacking(solution.levels);
    if (Number.isFinite(best)) newBias[channel] = best;
    before += solution.before + (lacking(start) - (bias[channel] as number)) ** 2;
    after += solution.after + (best - (newBias[channel] as number)) ** 2;
    signal += (group.outputVariances[output] as number) + (group.outputMeans[output] as number) ** 2;
    await breathe(options);
  }
  return { levels, bias: newBias, before, after, signal };
}

function meanVariance({ covariance, inputs }: Moments): number {
  let trace = 0;
  for (let i = 0; i < inputs; i++) trace += covariance[i * (inputs + 1)] as number;
  return trace / inputs;
}

/**
 * Layer-wise reconstruction: with masks, steps and codebooks fixed, survivors and biases are solved anew so that every layer,
 * on what the compressed and already repaired layers before it give, comes closest to what it makes in the original network.
 * On the calibration rows no layer's error rises.
 * @param original float32, as it was compressed
 * @param compressed of `original`
 * @param samples real values of the model's one input
 * @throws OPQ0814, OPQ1001, OPQ1301
 */
export async function reconstructLayers(
  original: Model,
  compressed: WeightCompression,
  samples: Batch,
  options: ReconstructOptions = {},
): Promise<Reconstruction> {
  const { maximumFanIn = 2048, pixelsPerSample = 32, damping = 0.01, bitPrice = 0.5 } = options;
  const weightsOf = new Map(compressed.weights.map((w) => [w.tensor, w]));
  const originals = new Map(layerWeights(original).map((w) => [w.tensor, w]));
  const layers: ReconstructedLayer[] = [];
  let current = compressed;

  const reconstruct = async (visit: Visit): Promise<Batch> => {
    const { layer } = visit;
    const own = weightsOf.get(layer.weights);
    const view = originals.get(layer.weights);
    const skipped = reasonToSkip(compressed.model, layer, own, maximumFanIn);
    if (own === undefined || view === undefined || skipped !== undefined) {
      layers.push({ layer: layer.name, skipped: skipped ?? 'uncompressed' });
      return visit.run(current.model);
    }
    const moments = await layerMoments(layerRows(original, layer), visit, pixelsPerSample, options);
    const bias = biasOf(current.model, visit);
    const solved = await solveLayer(
      { compressed: own, original: view, bias, moments },
      { damping, bitPrice },
      options,
    );
    const relative = (error: number): number => (error === 0 ? 0 : error / solved.signal);
    layers.push({ layer: layer.name, before: relative(solved.before), after: relative(solved.after) });
    current = withLevels(current, {
      levels: new Map([[layer.weights, solved.levels]]),
      biases: new Map([[layer.name, solved.bias]]),
    });
    return visit.run(current.model);
  };
  await walk(original, compressed.model, samples, 'reconstructing layers', reconstruct, options);
  return { compression: current, layers };
}

function reasonToSkip(
  model: Model,
  layer: WeightedLayer,
  own: CompressedWeights | undefined,
  maximumFanIn: number,
): ReconstructedLayer['skipped'] {
  if (own === undefined) return 'uncompressed';
  const readers = model.layers.flatMap(layerInputs).filter((id) => id === layer.weights).length;
  if (readers > 1) return 'shared';
  return own.levels.length / own.largestLevels.length > maximumFanIn ? 'fan-in' : undefined;
}
