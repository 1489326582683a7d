import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { cliErrors } from '@opq/errors';
import { problemsOf } from './problems';

/** What a run's JSON begins with; another version is another meaning of some member. */
export const RUN_FORMAT = 'opq-run';
/** The version that this opq writes, and the only one it reads. */
export const RUN_VERSION = 1;

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();
const some = <T extends z.ZodType>(of: T) => z.array(of).min(1).readonly();

const regionSchema = z.strictObject({ name: z.string(), origin: count, length: z.number().int().positive() });

/** Instructions on an emulated board, microseconds on a physical one. */
const latencySchema = z.strictObject({
  kind: z.enum(['instructions', 'microseconds']),
  value: z.number().nonnegative(),
});

/** Bars of equal width: bar i counts what lies in [from + i · width, from + (i + 1) · width). */
const histogramSchema = z.strictObject({
  from: z.number(),
  width: z.number().positive(),
  counts: some(count),
});

/** Where the weights of a layer lie; weights are divided by the gain of their channel first. */
const weightsSchema = z.strictObject({
  count: z.number().int().positive(),
  /** Distance of neighbouring levels in real numbers; null for int8 weights without a codebook, which are shown as int8. */
  step: z.number().positive().nullable(),
  /** Magnitude at and below which weights were pruned; null without a codebook. */
  threshold: z.number().nonnegative().nullable(),
  /** Levels k in use, ascending, and how many weights take each. */
  levels: some(z.number().int().min(-128).max(127)),
  counts: some(count),
  /** The same weights before compression; null where that network was not at hand or has another shape. */
  before: histogramSchema.nullable(),
});

const layerSchema = z.strictObject({
  layer: z.string(),
  kind: z.string(),
  kernel: z.string().optional(),
  encoding: z.string(),
  weightBytes: count,
  tableBytes: count,
  scratchBytes: count,
  macs: count,
  /** Predicted by the backend. */
  instructions: z.number().nonnegative().optional(),
  /** Share of zero weights; absent for layers without weights. */
  sparsity: share.optional(),
  weights: weightsSchema.optional(),
  /** Measured. */
  latency: latencySchema,
});

const refusalSchema = z.strictObject({
  code: z.string(),
  layer: z.string(),
  reason: z.string(),
  hint: z.string(),
});

/** One run on a board, as it was measured. Holds no date and no path of the machine. */
export const runSchema = z.strictObject({
  format: z.literal(RUN_FORMAT),
  version: z.literal(RUN_VERSION),
  model: z.string(),
  /** Name of the target. */
  target: z.string(),
  /** The emulated board that ran in place of the target, where no board was connected. */
  standIn: z
    .strictObject({
      target: z.string(),
      /** For people. */
      title: z.string(),
      /** What became of the target's own image, a sentence each. */
      notes: list(z.string()),
    })
    .optional(),
  /** What the user calls it: the emulator's machine, or the port. */
  device: z.string(),
  /** The target's memory. */
  board: z.strictObject({
    title: z.string(),
    flash: some(regionSchema),
    ram: some(regionSchema),
  }),
  compression: z
    .strictObject({ allocator: z.string(), budget: z.record(z.string(), z.union([z.number(), z.string()])) })
    .nullable(),
  size: z.strictObject({
    /** Bytes of the weights in float32. */
    weightsBefore: count,
    /** Bytes of the weights as published ratios count them, bits of the survivors only; null without compression. */
    weightsPaper: z.number().nonnegative().nullable(),
    /** Bytes of the weights in flash: coded indices and codebooks. */
    weightsAfter: count,
    /** Bytes of all model data in flash: weights, biases, multipliers, tables. */
    model: count,
    arena: count,
    image: z.strictObject({
      text: count,
      rodata: count,
      data: count,
      bss: count,
      stack: count,
      flash: count,
      ram: count,
    }),
  }),
  samples: count,
  /** `classification`: accuracy is top-1; `reconstruction`: the area under the ROC curve of the squared error. */
  task: z.enum(['classification', 'reconstruction']),
  /** 0…1, as `task` says; null when the samples have no labels. `float` is null where that network was not at hand. */
  accuracy: z.strictObject({ float: share.nullable(), host: share, board: share }).nullable(),
  /** What accuracy had to reach; null where nothing was asked for. */
  threshold: share.nullable(),
  /** How often class `row` was answered as class `column` by the board; null without labels, or without classes. */
  confusion: list(list(count)).nullable(),
  /** Median of one inference. */
  latency: latencySchema,
  /** What counts it; only for physical boards. */
  timer: z
    .strictObject({
      /** The timer's driver. */
      driver: z.string(),
      /** What it is said to count in a second. */
      hertz: z.number().int().positive(),
      /** What it counted in a second of the host's clock. */
      measuredHertz: z.number().nonnegative(),
      /** Inferences before the first that is timed. */
      warmUp: count,
    })
    .optional(),
  /** Fewest and most over all samples, in the same unit. */
  latencyRange: z.tuple([z.number(), z.number()]).readonly(),
  /** Of each sample in order, in the same unit. */
  latencies: list(z.number().nonnegative()),
  bitExact: z.strictObject({ equal: count, total: count, firstDifference: count.nullable() }),
  selfTest: z.boolean(),
  /** Where the board first departs from the host; absent where it does not. */
  difference: z
    .strictObject({
      /** The sample, counted from 0; null for the golden one of the self-test. */
      sample: count.nullable(),
      /** `model`: the tables in flash are damaged; `layer`: see there; `output`: no layer differs when they are asked one by one. */
      what: z.enum(['model', 'layer', 'output']),
      layer: z.string().nullable(),
    })
    .optional(),
  memory: z.strictObject({
    arenaBytes: count,
    stackPeak: count,
    stackSize: count,
    /** Bytes of stack that one inference takes, without interrupts; `stackPeak` has the rest of the firmware in it. */
    stackInference: count,
  }),
  layers: list(layerSchema),
  /** What the other boards say to this network: those without refusals take it. */
  boards: list(z.strictObject({ target: z.string(), title: z.string(), refusals: list(refusalSchema) })),
  /** Times the connection was lost and taken up again, with the sample that was under way (null: none yet). */
  interruptions: list(z.strictObject({ sample: count.nullable(), code: z.string(), message: z.string() })),
  /** int8 outputs of the board, a list per sample; only when asked for. */
  outputs: list(list(z.number())).optional(),
});

/** A run on a board, as `--json` prints it and `opq report` reads it: packages/pipeline/run.schema.json. */
export type DeployReport = Readonly<z.infer<typeof runSchema>>;
/** One layer of a run: how it stands in flash, in bytes, and what it took on the board. */
export type LayerReport = DeployReport['layers'][number];
/** How the weights of a layer are spread over its levels. */
export type LayerWeightsReport = NonNullable<LayerReport['weights']>;
/** Bars of equal width: bar i counts what lies in [from + i · width, from + (i + 1) · width). */
export type Histogram = z.infer<typeof histogramSchema>;
/** 0…1, as the run's task says. */
export type Accuracies = NonNullable<DeployReport['accuracy']>;

/** What `--json` prints when a command fails. */
const failureSchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string() }),
});
/** Why there was no run. */
export type RunFailure = z.infer<typeof failureSchema>['error'];

/** A run, or why there was none. */
export type RunDocument =
  | { readonly kind: 'run'; readonly run: DeployReport }
  | { readonly kind: 'failure'; readonly failure: RunFailure };

/** Lists that belong together must be as long as each other, which a schema cannot say. */
function contradictions(run: DeployReport): readonly string[] {
  const square = run.confusion === null || run.confusion.every((row) => row.length === run.confusion?.length);
  return [
    ...(square ? [] : ['confusion: its rows are not as long as it has rows']),
    ...(run.latencies.length === run.samples ? [] : ['latencies: not one for each sample']),
    ...run.layers.flatMap(({ weights }, i) =>
      weights === undefined || weights.levels.length === weights.counts.length
        ? []
        : [`layers.${i}.weights: levels and counts differ in length`],
    ),
  ];
}

/** A document that `opq deploy --json` or `opq hil --json` printed. @throws OPQ0917 naming what is wrong with it */
export function parseRun(text: string, place: string): RunDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw cliErrors.notARun(place, [
      `it is not JSON (${error instanceof Error ? error.message : 'unreadable'})`,
    ]);
  }
  const failure = failureSchema.safeParse(value);
  if (failure.success) return { kind: 'failure', failure: failure.data.error };
  const header = z.looseObject({ format: z.literal(RUN_FORMAT) }).safeParse(value);
  if (!header.success) throw cliErrors.notARun(place, ['it has no "format": "opq-run"']);
  const run = runSchema.safeParse(value);
  if (!run.success) throw cliErrors.notARun(place, problemsOf(run.error.issues).slice(0, 8));
  const problems = contradictions(run.data);
  if (problems.length > 0) throw cliErrors.notARun(place, problems);
  return { kind: 'run', run: run.data };
}

/** As `parseRun`, from a file. @throws OPQ0917 */
export function readRun(path: string): RunDocument {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw cliErrors.notARun(path, [
      missing ? 'there is no such file' : error instanceof Error ? error.message : 'unreadable',
    ]);
  }
  return parseRun(text, path);
}
