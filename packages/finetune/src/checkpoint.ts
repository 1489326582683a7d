import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import type { Dataset } from '@opq/data';
import { finetuneErrors } from '@opq/errors';
import { canonicalJson, crc32 } from '@opq/ir';
import { z } from 'zod';
import type { EpochRecord } from './history';
import type { OptimiserState } from './optimiser';
import type { FinetuneRequest } from './train';

/** Everything that training goes on from; nothing else decides what follows. */
export interface TrainingState {
  readonly epoch: number;
  /** Steps of this epoch that are done. */
  readonly step: number;
  /** Sum of the losses of these steps. */
  readonly lossSum: number;
  readonly values: Float32Array;
  /** Of the values, over the steps before: see average.ts. */
  readonly average: Float32Array;
  /** What a bit costs now, see price.ts. */
  readonly bitPrice: number;
  readonly optimiser: OptimiserState;
  readonly history: readonly EpochRecord[];
  /** The parameters of the best epoch so far, and which that is. */
  readonly best: { readonly epoch: number; readonly values: Float32Array; readonly bitPrice: number };
}

/** Where checkpoints are kept. Writing replaces the one before in a single step, or throws. */
export interface CheckpointStore {
  /** The checkpoint that was kept last; undefined where there is none. */
  read(): Uint8Array | undefined;
  /** Keeps a checkpoint instead of the one before. */
  write(bytes: Uint8Array): void;
}

const record = z.strictObject({
  epoch: z.number(),
  loss: z.number().nullable(),
  validation: z.strictObject({ loss: z.number(), accuracy: z.number().nullable() }),
  bytes: z.number(),
  fits: z.boolean(),
  bitPrice: z.number(),
  learningRate: z.number(),
});

const header = z.strictObject({
  version: z.literal(1),
  /** Of everything that decides the result besides the state: a checkpoint of another run is refused. */
  fingerprint: z.string(),
  epoch: z.number().int().min(0),
  step: z.number().int().min(0),
  lossSum: z.number(),
  bitPrice: z.number(),
  bestBitPrice: z.number(),
  optimiserStep: z.number().int().min(0),
  bestEpoch: z.number().int().min(0),
  history: z.array(record),
});

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();

/** A zip of a JSON header, the vectors as little-endian float32, and a checksum. */
export function writeCheckpoint(state: TrainingState, fingerprint: string): Uint8Array {
  const head: z.infer<typeof header> = {
    version: 1,
    fingerprint,
    epoch: state.epoch,
    step: state.step,
    lossSum: state.lossSum,
    bitPrice: state.bitPrice,
    bestBitPrice: state.best.bitPrice,
    optimiserStep: state.optimiser.step,
    bestEpoch: state.best.epoch,
    history: [...state.history],
  };
  const memory = state.optimiser.memory.map((m, i) => [`memory${i}.f32`, bytesOf(m)] as const);
  const entries: Readonly<Record<string, Uint8Array>> = {
    'state.json': strToU8(JSON.stringify(head)),
    'values.f32': bytesOf(state.values),
    'average.f32': bytesOf(state.average),
    'best.f32': bytesOf(state.best.values),
    ...Object.fromEntries(memory),
  };
  return zipSync({ ...entries, [SUM]: strToU8(sumOf(entries)) }, { level: 0, mtime: '1980-01-01' });
}

/** The entry that holds the CRC-32 of all others: a zip has sums of its own, but fflate does not look at them. */
const SUM = 'crc32';

const sumOf = (entries: Readonly<Record<string, Uint8Array>>): string =>
  Object.keys(entries)
    .filter((name) => name !== SUM)
    .sort()
    .reduce((sum, name) => crc32(entries[name] ?? new Uint8Array(), sum), 0)
    .toString(16);

/**
 * @param count numbers in each vector
 * @param memories vectors of the optimiser
 * @throws OPQ1404 for a damaged one, or one of another run
 */
export function readCheckpoint(
  bytes: Uint8Array,
  {
    fingerprint,
    count,
    memories,
  }: { readonly fingerprint: string; readonly count: number; readonly memories: number },
): TrainingState {
  try {
    const entries = unzipSync(bytes);
    if (strFromU8(entries[SUM] ?? new Uint8Array()) !== sumOf(entries)) throw new Error('it is damaged');
    const vector = (name: string): Float32Array => {
      const data = entries[name];
      if (data?.length !== 4 * count) throw new Error(`${name} is not there or of another size`);
      return new Float32Array(data.slice().buffer);
    };
    const head = header.parse(JSON.parse(strFromU8(entries['state.json'] ?? new Uint8Array())));
    if (head.fingerprint !== fingerprint)
      throw new Error('it belongs to a run with other settings, network or data');
    return {
      epoch: head.epoch,
      step: head.step,
      lossSum: head.lossSum,
      bitPrice: head.bitPrice,
      values: vector('values.f32'),
      average: vector('average.f32'),
      optimiser: {
        step: head.optimiserStep,
        memory: Array.from({ length: memories }, (_, i) => vector(`memory${i}.f32`)),
      },
      history: head.history,
      best: { epoch: head.bestEpoch, values: vector('best.f32'), bitPrice: head.bestBitPrice },
    };
  } catch (error) {
    throw finetuneErrors.badCheckpoint(
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unreadable',
    );
  }
}

/** Samples whose values go into a fingerprint: enough to tell data sets, or inputs made up in another way, apart at once. */
const LOOKED_AT = 64;

/** A checksum of samples and labels spread over all of a data set, first and last included. */
function sumOfSamples(data: Dataset): number {
  const shown = Math.min(LOOKED_AT, data.count);
  let sum = 0;
  for (let n = 0; n < shown; n++) {
    const index = shown === 1 ? 0 : Math.floor((n * (data.count - 1)) / (shown - 1));
    sum = crc32(bytesOf(data.sample(index)), sum);
    sum = crc32(strToU8(String(data.label(index) ?? '')), sum);
  }
  return sum;
}

/** A short text that differs for runs whose results may: by settings, compression, data or runtime. */
export function fingerprintOf(
  { options, compression, training, validation }: FinetuneRequest,
  runtime: string,
): string {
  const facts = canonicalJson({
    // Threads do not change the result.
    options: { ...options, workers: 1 },
    runtime,
    samples: [training, validation].map((data) => [data.count, sumOfSamples(data)]),
    layers: compression.weights.map((w) => ({
      levels: crc32(new Uint8Array(w.levels.buffer, w.levels.byteOffset, w.levels.length)),
      mask: crc32(w.mask),
      step: w.step,
      scales: w.scales,
    })),
  });
  return crc32(strToU8(facts)).toString(16).padStart(8, '0');
}
