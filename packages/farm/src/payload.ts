import { z } from 'zod';
import { OPTIMIZE } from '@opq/backend';
import { cliErrors, farmErrors } from '@opq/errors';
import {
  elementCount,
  readCompressedModel,
  readModel,
  tensorOf,
  writeCompressedModel,
  writeModel,
} from '@opq/ir';
import type { Model } from '@opq/ir';
import { problemsOf } from '@opq/pipeline';
import type { HilJob } from './job';
import { packSamples, SAMPLE_FORMS, unpackSamples } from './samples';

/** Bytes that a job may take: networks, samples and labels together. */
export const JOB_BYTES = 128 * 2 ** 20;

/** Another version is another meaning of some member. */
const VERSION = 1;

const positive = z.number().int().positive();

/** The part of a job that is no bytes. */
const headerSchema = z.strictObject({
  version: z.literal(VERSION),
  samples: z.strictObject({
    count: positive.max(2 ** 31),
    length: positive.max(2 ** 31),
    form: z.enum(SAMPLE_FORMS),
  }),
  keepOutputs: z.boolean(),
  placement: z.strictObject({
    optimize: z.enum(OPTIMIZE).optional(),
    ram: positive.optional(),
    flash: positive.optional(),
  }),
  task: z.enum(['classification', 'reconstruction']).optional(),
  threshold: z.number().min(0).max(1).optional(),
  attempts: positive.max(1000).optional(),
});

/** A job as it stands in Redis, a field of a hash each. */
export interface Payload {
  readonly header: Uint8Array;
  /** A model.opq. */
  readonly model: Uint8Array;
  /** The float network, in the same form. */
  readonly float?: Uint8Array | undefined;
  readonly samples: Uint8Array;
  readonly labels?: Uint8Array | undefined;
}

export const PAYLOAD_FIELDS = [
  'header',
  'model',
  'float',
  'samples',
  'labels',
] as const satisfies readonly (keyof Payload)[];

const inputLength = (model: Model): number =>
  model.inputs[0] === undefined ? 0 : elementCount(tensorOf(model, model.inputs[0]).shape);

/**
 * @param samples at most this many
 * @throws OPQ0908 for samples that the network does not take, OPQ0909 without any, OPQ1906 above `limit` bytes
 */
export function encodeJob(job: HilJob, samples = job.data.count, limit = JOB_BYTES): Payload {
  const { compressed, float, data, keepOutputs, placement, task, threshold, attempts } = job;
  const model = writeCompressedModel(compressed);
  const floatBytes = float && writeModel(float);
  const taken = model.length + (floatBytes?.length ?? 0);
  const packed = packSamples(data, samples, inputLength(compressed.model), taken, limit);
  if (packed.count === 0) throw cliErrors.noData('Measuring on a board');
  const header: z.input<typeof headerSchema> = {
    version: VERSION,
    samples: { count: packed.count, length: packed.length, form: packed.form },
    keepOutputs,
    placement,
    task,
    threshold,
    attempts,
  };
  const payload = {
    header: new TextEncoder().encode(JSON.stringify(header)),
    model,
    float: floatBytes,
    samples: packed.values,
    labels: packed.labels,
  };
  const bytes = PAYLOAD_FIELDS.reduce((sum, field) => sum + (payload[field]?.length ?? 0), 0);
  if (bytes > limit) throw farmErrors.tooLarge(bytes, limit);
  return payload;
}

function headerOf(bytes: Uint8Array): z.output<typeof headerSchema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw farmErrors.badJob(['its header is not JSON']);
  }
  const parsed = headerSchema.safeParse(value);
  if (!parsed.success) throw farmErrors.badJob(problemsOf(parsed.error.issues).slice(0, 8));
  return parsed.data;
}

/** @throws OPQ1907, and OPQ0101…OPQ0104 for its networks */
export function decodeJob(payload: Payload): HilJob {
  const { samples, task, threshold, attempts, placement, keepOutputs } = headerOf(payload.header);
  const compressed = readCompressedModel(payload.model, "the job's network");
  const float = payload.float && readModel(payload.float, "the job's float network");
  const wanted = inputLength(compressed.model);
  if (samples.length !== wanted || (float !== undefined && inputLength(float) !== wanted))
    throw farmErrors.badJob([`its samples have ${samples.length} values, its networks take ${wanted}`]);
  const { optimize, ram, flash } = placement;
  return {
    compressed,
    float,
    data: unpackSamples({ ...samples, values: payload.samples, labels: payload.labels }),
    keepOutputs,
    placement: {
      ...(optimize !== undefined && { optimize }),
      ...(ram !== undefined && { ram }),
      ...(flash !== undefined && { flash }),
    },
    task,
    threshold,
    attempts,
  };
}
