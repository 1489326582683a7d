import type { Epoch } from '@opq/plot';

/** What is used of the report that `opq finetune --json` prints. */
export interface Report {
  readonly samples: { readonly training: number; readonly test: number };
  readonly float: Size;
  readonly oneShot: Size;
  readonly finetuned: Size & { readonly epoch: number };
  readonly ratio: number;
  readonly history: readonly Epoch[];
  readonly compression: {
    readonly flash: { readonly total: number } | null;
    readonly resolved: { readonly sparsity: number; readonly bits: number } | null;
  };
}

interface Size {
  readonly bytes: number;
  readonly accuracy: { readonly float: number | null; readonly int8: number | null };
}

/** One run of docs/results/finetune.json. */
export interface Numbers {
  readonly key: string;
  readonly seed: number;
  readonly bytes: number;
  readonly flash: number | null;
  readonly ratio: number;
  readonly sparsity: number | null;
  readonly bits: number | null;
  readonly epochs: number;
  readonly best: number;
  readonly samples: { readonly training: number; readonly test: number };
  readonly accuracy: Readonly<Record<'float' | 'oneShot' | 'finetuned', Size['accuracy']>>;
  /** Epoch 0 first; absent for runs of which only the end was kept. */
  readonly history?: readonly Epoch[];
}

/** Digits that a drawing shows at most. */
const short = (value: number): number => Number(value.toPrecision(5));

const epochOf = ({ epoch, loss, validation }: Epoch): Epoch => ({
  epoch,
  loss: loss === null ? null : short(loss),
  validation: {
    loss: short(validation.loss),
    accuracy: validation.accuracy === null ? null : short(validation.accuracy),
  },
});

export const numbersOf = (key: string, seed: number, report: Report): Numbers => ({
  key,
  seed,
  bytes: report.finetuned.bytes,
  flash: report.compression.flash?.total ?? null,
  ratio: report.ratio,
  sparsity: report.compression.resolved?.sparsity ?? null,
  bits: report.compression.resolved?.bits ?? null,
  epochs: report.history.length - 1,
  best: report.finetuned.epoch,
  samples: report.samples,
  accuracy: {
    float: report.float.accuracy,
    oneShot: report.oneShot.accuracy,
    finetuned: report.finetuned.accuracy,
  },
  history: report.history.map(epochOf),
});
