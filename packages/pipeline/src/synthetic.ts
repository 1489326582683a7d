import { toFloatModel } from '@opq/core';
import type { Dataset } from '@opq/data';
import {
  DRAWN_KINDS,
  inputStatistics,
  optimiseInputs,
  syntheticDataset,
  type InputStatistics,
  type KnownInput,
  type RuntimeName,
} from '@opq/finetune';
import type { Model } from '@opq/ir';
import type { RunOptions } from './progress';

/** `optimised`: scenes changed until the network is sure of them; the others are drawn and stay as they are. */
export const SYNTHETIC_KINDS = ['optimised', ...DRAWN_KINDS] as const;
/** One of `SYNTHETIC_KINDS`. */
export type SyntheticKind = (typeof SYNTHETIC_KINDS)[number];

/** Inputs that stand in for data nobody has. */
export interface SyntheticPlan {
  /** Number of inputs. */
  readonly count: number;
  /** Decides every input, together with its index. */
  readonly seed: number;
  /** `auto`: what was better where it was measured (docs/results/synthetic.md), scenes for colour images and else optimised. */
  readonly kind: SyntheticKind | 'auto';
  /** Shape, range, and what else is known of real inputs. */
  readonly known: KnownInput;
  /** What optimising runs on. */
  readonly runtime: RuntimeName | 'auto';
  /** Threads, at least 1; the result does not depend on it. */
  readonly workers: number;
}

/** Inputs without labels, and what they were made from. */
export interface SyntheticInputs {
  /** In the network's own input shape. */
  readonly data: Dataset;
  /** How they were made. */
  readonly kind: SyntheticKind;
  /** What their values were drawn from. */
  readonly statistics: InputStatistics;
}

/**
 * Inputs without any data: from what is known of the input, and of the network itself.
 * @throws OPQ0814 when stopped, OPQ1401, OPQ1402, OPQ1410, OPQ1420…OPQ1423
 */
export async function syntheticInputs(
  source: Model,
  { count, seed, kind: wanted, known, runtime, workers }: SyntheticPlan,
  { progress, signal }: RunOptions,
): Promise<SyntheticInputs> {
  const statistics = inputStatistics(source, known);
  const colour = statistics.layout?.[2] === 3;
  const kind = wanted === 'auto' ? (colour ? 'scenes' : 'optimised') : wanted;
  if (kind !== 'optimised')
    return { statistics, kind, data: syntheticDataset(statistics, { count, seed, kind }) };
  const start = syntheticDataset(statistics, { count, seed, kind: 'scenes' });
  const data = await optimiseInputs(toFloatModel(source).model, start, statistics, {
    seed,
    runtime,
    workers,
    signal,
    progress: (done, total) =>
      progress?.({ stage: 'synthetic', message: 'optimising synthetic inputs', done, total }),
  });
  return { statistics, kind, data };
}
