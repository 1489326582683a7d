import { z } from 'zod';
import { parseAs } from './parse';
import type { Target } from './target';

const identifier = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens');

/** What a runtime's interpreter can do with constants, and how it computes. */
export const runtimeSchema = z.strictObject({
  $schema: z.string().optional(),
  name: identifier,
  aliases: z.array(identifier),
  /** For people, e.g. "TensorFlow Lite Micro of November 2025 or later". */
  title: z.string().min(1),
  runtime: z.strictObject({
    /** Whose interpreter it is, with the oldest release that is meant. */
    product: z.string().min(1),
    minimumVersion: z.string().min(1),
    /** Forms its DECODE operator knows. */
    decode: z.enum(['none', 'lut', 'lut+prune+huffman']),
    /** How its kernels requantise: one rounding, or two as gemmlowp does. */
    rounding: z.enum(['single', 'double']),
    /** Kinds of layers whose kernels take weights that are no constants of the file, as decoded ones are. */
    decodedWeights: z.array(z.enum(['conv2d', 'depthwiseConv2d', 'fullyConnected'])),
    /** Whether its dense kernel takes a scale per output channel. */
    densePerChannel: z.boolean(),
  }),
});

/**
 * A runtime that interprets a file, as data: the user's own project brings board, memory and build. Told from a board by
 * its member `runtime`.
 */
export type RuntimeTarget = Readonly<z.infer<typeof runtimeSchema>>;

/** What a backend emits for: a board that opq builds firmware for, or a runtime that reads a file. */
export type EmitTarget = Target | RuntimeTarget;

/** Whether a target is a runtime that reads a file, not a board. */
export const isRuntime = (target: EmitTarget): target is RuntimeTarget => 'runtime' in target;

/** A runtime from the text of its JSON file. @throws OPQ0502 naming every problem */
export const parseRuntime = (json: string, place: string): RuntimeTarget =>
  Object.freeze(parseAs(runtimeSchema, json, place));
