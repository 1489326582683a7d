import {
  budgetUse,
  compressMasked,
  compressWeights,
  type ChosenMasks,
  type CompressOptions,
  type WeightCompression,
} from '@opq/core';
import { elementCount, tensorOf, type Model } from '@opq/ir';
import { chooseMasks, repairCompression, type RepairedCompression, type Repairs } from '@opq/repair';
import type { CompressionConfig } from './config';
import type { RunOptions } from './progress';

/** Samples that repairs look at. */
const REPAIR_SAMPLES = 1024;
/** Activations of all samples are held at once: no more than this many numbers of the widest layer. */
const HELD = 2 ** 26;

function fittingSamples(model: Model): number {
  const widest = model.layers.reduce(
    (most, layer) => Math.max(most, elementCount(tensorOf(model, layer.output).shape)),
    1,
  );
  return Math.max(1, Math.floor(HELD / widest));
}

/** The samples that repairs look at: the first ones. */
export const lookedAt = (model: Model, samples: readonly Float32Array[]): readonly Float32Array[] =>
  samples.slice(0, Math.min(REPAIR_SAMPLES, fittingSamples(model)));

/** Compressions tried until a repaired one keeps to its budget; one or two do. */
const ROUNDS = 4;
/** What rounds aim at, and from where a budget counts as used up. */
const AIM = 0.985;
const FULL = 0.97;

/**
 * The steps around compression that are taken: those of the config; without a word of it all but equalisation, which channel
 * gains make superfluous. What needs samples is left out where there are none, and equalisation would break the scales that
 * an int8 source brings along.
 */
export function repairsFor(
  { repair = {} }: Pick<CompressionConfig, 'repair'>,
  { samples, int8Source }: { readonly samples: boolean; readonly int8Source: boolean },
): Repairs {
  return {
    foldBatchNorm: repair.foldBatchNorm ?? true,
    equalise: (repair.equalise ?? false) && !int8Source,
    equaliseActivations: (repair.equaliseActivations ?? false) && samples && !int8Source,
    importance: (repair.importance ?? false) && samples && !int8Source,
    masks: (repair.masks ?? false) && samples && !int8Source,
    reconstruction: (repair.reconstruction ?? true) && samples,
    biasCorrection: (repair.biasCorrection ?? true) && samples,
  };
}

/**
 * Compresses and repairs. Reconstruction may choose rarer levels, which take more bytes: then the compression is made anew
 * with as much of its budget left free.
 * @param samples real values of the model's one input
 * @param room part of the budget that is left for training, 0…1
 */
export async function compressWithinBudget(
  prepared: Model,
  options: CompressOptions,
  samples: readonly Float32Array[],
  repairs: Repairs,
  { progress, signal }: RunOptions,
  room = 0,
): Promise<BudgetedCompression> {
  const report = (message: string, done: number, total: number): void =>
    progress?.({ stage: 'repair', message, done, total });
  const looked = lookedAt(prepared, samples);
  let reserve = 0;
  let best: RepairedCompression | undefined;
  let generous: WeightCompression | undefined;
  let over: Tried | undefined;
  let under: Tried | undefined;
  let chosen: { readonly masks: ChosenMasks; readonly counts: readonly number[] } | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const reserved = { ...options, reserve: 1 - (1 - reserve) * (1 - room) };
    const allocated = compressWeights(prepared, reserved);
    if (repairs.masks && !sameCounts(chosen?.counts, allocated)) {
      const masks = await chooseMasks(prepared, allocated, looked, { progress: report, signal });
      chosen = { masks, counts: countsOf(allocated) };
    }
    const compression = chosen === undefined ? allocated : compressMasked(prepared, chosen.masks, reserved);
    if (!repairs.reconstruction && !repairs.biasCorrection) return { compression, layers: [] };
    const repaired = await repairCompression(prepared, compression, looked, repairs, {
      progress: report,
      signal,
    });
    const use = budgetUse(repaired.compression, options.fixedBytes) / (1 - room);
    // Outright budgets have no size; without reconstruction the levels stay as they were counted.
    if (use === 0 || !repairs.reconstruction) return repaired;
    // A network that stood on codebooks before comes back as it is, whatever the reserve.
    if (use === under?.use) return repaired;
    if (round === 0 && use > 1) generous = repaired.compression;
    if (use > 1) over = { reserve, use };
    else {
      best = repaired;
      under = { reserve, use };
      if (use >= FULL) break;
    }
    reserve = nextReserve(over, under);
  }
  const kept =
    best ??
    (await compressWithinBudget(prepared, options, samples, { ...repairs, reconstruction: false }, {}, room));
  return { ...kept, ...(generous && { generous }) };
}

const countsOf = ({ weights }: WeightCompression): readonly number[] => weights.map(({ pruned }) => pruned);

/** Whether each layer loses as many weights as masks were chosen for. */
const sameCounts = (counts: readonly number[] | undefined, compression: WeightCompression): boolean =>
  counts !== undefined && countsOf(compression).every((count, i) => count === counts[i]);

/** A compression that keeps to its budget. */
export interface BudgetedCompression extends RepairedCompression {
  /** What repair made of a compression that filled the budget before: a few percent over it, and better. */
  readonly generous?: WeightCompression;
}

/** A reserve that was tried, and how much of the budget the repaired compression then took. */
interface Tried {
  readonly reserve: number;
  readonly use: number;
}

/** Between one that took too much and one that left much; or by as much as was missed. Below 0: more than the budget. */
function nextReserve(over: Tried | undefined, under: Tried | undefined): number {
  if (over === undefined) return under === undefined ? 0 : 1 - ((1 - under.reserve) / under.use) * AIM;
  if (under === undefined) return 1 - ((1 - over.reserve) / over.use) * AIM;
  const share = (over.use - AIM) / (over.use - under.use);
  return over.reserve + share * (under.reserve - over.reserve);
}
