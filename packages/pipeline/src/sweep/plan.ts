import type { AllocatorName, Budget } from '@opq/core';
import type { FinetuneOptions, RuntimeName } from '@opq/finetune';
import type { CompressionConfig } from '../config';
import type { DescribedData, TrainingSources } from '../training-data';

/** What is swept over, and what all points have in common. Plain JSON: it travels to other processes. */
export interface SweepPlan {
  /** Path of the network. */
  readonly model: string;
  /** opq.config.ts whose backends serve the target; without it, those the program brings along. */
  readonly config?: string | undefined;
  /** Name of the target that bytes are counted for. */
  readonly target: string;
  /** Each gives a point for each allocator, in this order. */
  readonly budgets: readonly Budget[];
  /** Each gives a curve. */
  readonly allocators: readonly AllocatorName[];
  /** Each point once more, finetuned like this. */
  readonly finetune?: FinetuneOptions | undefined;
  /** What all points have in common. */
  readonly compress: Omit<CompressionConfig, 'budget' | 'allocator'>;
  /** Trains and measures. */
  readonly data: TrainingSources;
  /** Shows the range of activations; the training data unless named. */
  readonly calibration: { readonly data?: DescribedData | undefined; readonly samples: number };
  /** What measures accuracy and trains. */
  readonly runtime: RuntimeName;
}

/** One network of a sweep. */
export interface SweepPoint {
  /** Names its files too, such as `opq-flash-16384-finetuned`. */
  readonly name: string;
  /** Shares the budget out. */
  readonly allocator: AllocatorName;
  /** What the network may take. */
  readonly budget: Budget;
  /** Whether its survivors are trained. */
  readonly finetuned: boolean;
}

/** What a process is given to do: the network as it came, which the points are compared with, or one point. */
export type SweepJob = { readonly kind: 'float32' } | { readonly kind: 'point'; readonly point: SweepPoint };

/** `flash-16384`, `ratio-8`, `average-bits-1.5`, `sparsity-0.9-bits-3`; the accounting is the same for a whole sweep. */
function budgetName(budget: Budget): string {
  if ('flash' in budget) return `flash-${budget.flash}`;
  if ('ratio' in budget) return `ratio-${budget.ratio}`;
  if ('averageBits' in budget) return `average-bits-${budget.averageBits}`;
  return `sparsity-${budget.sparsity}-bits-${budget.bits}`;
}

/** Every combination once: allocator by allocator, first one shot, then finetuned, budgets in the order given. */
export function pointsOf({
  allocators,
  budgets,
  finetune,
}: Pick<SweepPlan, 'allocators' | 'budgets' | 'finetune'>): readonly SweepPoint[] {
  const points = allocators.flatMap((allocator) =>
    (finetune === undefined ? [false] : [false, true]).flatMap((finetuned) =>
      budgets.map((budget): SweepPoint => {
        const name = `${allocator}-${budgetName(budget)}${finetuned ? '-finetuned' : ''}`;
        return { name, allocator, budget, finetuned };
      }),
    ),
  );
  return [...new Map(points.map((point) => [point.name, point])).values()];
}
