import { z } from 'zod';
import { ALLOCATOR_NAMES } from '@opq/core';
import { budgetSchema } from '../config';

/** Share of the test samples that are right, 0…1: in float32 with activations as they are, and rounded to the scales that int8 will have. */
const accuracy = z.strictObject({ float: z.number(), int8: z.number() });

const floatResultSchema = z.strictObject({
  kind: z.literal('float32'),
  /** Bytes of the weights. */
  bytes: z.number(),
  accuracy: z.number(),
});

export const pointResultSchema = z.strictObject({
  kind: z.literal('point'),
  name: z.string(),
  allocator: z.enum(ALLOCATOR_NAMES),
  budget: budgetSchema,
  finetuned: z.boolean(),
  bytes: z.strictObject({
    /** Weights and their tables. */
    stored: z.number(),
    /** All that the target keeps in flash; null where it refuses the network. */
    flash: z.number().nullable(),
  }),
  /** float32 bytes of the weights ÷ bytes as stored. */
  ratio: z.number(),
  sparsity: z.number(),
  /** Of a survivor, on average. */
  bits: z.number(),
  accuracy,
  /** Whose network was kept; null without finetuning. */
  epoch: z.number().nullable(),
  /** The compressed network, relative to the folder of the sweep. */
  file: z.strictObject({ path: z.string(), bytes: z.number(), crc32: z.number() }),
});

export const resultSchema = z.discriminatedUnion('kind', [floatResultSchema, pointResultSchema]);

/** What a finished job leaves. */
export type SweepResult = z.infer<typeof resultSchema>;
/** A network of a sweep: its size in bytes, its accuracy, and the file it is in. */
export type PointResult = z.infer<typeof pointResultSchema>;
