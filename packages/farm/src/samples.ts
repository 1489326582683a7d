import { cliErrors, farmErrors } from '@opq/errors';
import type { Dataset } from '@opq/data';

/** In which form the values of samples travel: the narrowest that holds each of them exactly. */
export const SAMPLE_FORMS = ['u8', 'i8', 'f32'] as const;
type SampleForm = (typeof SAMPLE_FORMS)[number];

const BYTES = { u8: 1, i8: 1, f32: 4 } as const satisfies Record<SampleForm, number>;

/** Samples of one length, one after the other. */
export interface PackedSamples {
  readonly count: number;
  /** Values of one sample. */
  readonly length: number;
  readonly form: SampleForm;
  /** count · length values, little-endian. */
  readonly values: Uint8Array;
  /** A little-endian int32 for each sample, -1 for one without a label; undefined where none has one. */
  readonly labels: Uint8Array | undefined;
}

/** Bytes that the values take. */
const valueBytes = ({ count, length, form }: Pick<PackedSamples, 'count' | 'length' | 'form'>): number =>
  count * length * BYTES[form];

const holds = (form: SampleForm, v: number): boolean => {
  switch (form) {
    case 'u8':
      return Number.isInteger(v) && v >= 0 && v <= 255 && !Object.is(v, -0);
    case 'i8':
      return Number.isInteger(v) && v >= -128 && v <= 127 && !Object.is(v, -0);
    case 'f32':
      return true;
  }
};

/**
 * The first samples of a data set as bytes.
 * @param length values that each has to have
 * @param taken bytes of the job besides
 * @param limit bytes that the job may take
 * @throws OPQ0908 for a sample of another length, OPQ1906 above the limit, and what reading them throws
 */
export function packSamples(
  data: Dataset,
  wanted: number,
  length: number,
  taken: number,
  limit: number,
): PackedSamples {
  const count = Math.min(wanted, data.count);
  // Where not even the narrowest form fits, nothing is read.
  if (taken + count * length > limit) throw farmErrors.tooLarge(taken + count * length, limit);
  const forms = new Set<SampleForm>(SAMPLE_FORMS);
  const read: Float32Array[] = [];
  const labels = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    const sample = data.sample(i);
    if (sample.length !== length) throw cliErrors.wrongDataShape(sample.length, length);
    for (const form of forms) if (!sample.every((v) => holds(form, v))) forms.delete(form);
    read.push(Float32Array.from(sample));
    labels[i] = data.label(i) ?? -1;
  }
  const form = SAMPLE_FORMS.find((candidate) => forms.has(candidate)) ?? 'f32';
  const bytes = valueBytes({ count, length, form });
  if (taken + bytes > limit) throw farmErrors.tooLarge(taken + bytes, limit);
  const values = new Uint8Array(bytes);
  const into = viewOf(form, values);
  read.forEach((sample, i) => into.set(sample, i * length));
  return {
    count,
    length,
    form,
    values,
    labels: labels.some((label) => label >= 0) ? new Uint8Array(labels.buffer) : undefined,
  };
}

function viewOf(
  form: SampleForm,
  { buffer, byteOffset, byteLength }: Uint8Array,
): Uint8Array | Int8Array | Float32Array {
  switch (form) {
    case 'u8':
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 'i8':
      return new Int8Array(buffer, byteOffset, byteLength);
    case 'f32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
  }
}

/** The data set that was packed. @throws OPQ1907 where bytes and counts do not agree */
export function unpackSamples(packed: PackedSamples): Dataset {
  const { count, length, form } = packed;
  const problems = [
    ...(packed.values.length === valueBytes(packed)
      ? []
      : [`it has ${packed.values.length} bytes of samples instead of ${valueBytes(packed)}`]),
    ...(packed.labels === undefined || packed.labels.length === 4 * count
      ? []
      : [`it has ${packed.labels.length} bytes of labels instead of ${4 * count}`]),
  ];
  if (problems.length > 0) throw farmErrors.badJob(problems);
  // A Buffer's slice() would share memory; copies begin at an address that any element type takes.
  const values = viewOf(form, new Uint8Array(packed.values));
  const labels = packed.labels && new Int32Array(new Uint8Array(packed.labels).buffer);
  if (labels?.some((label) => label < -1)) throw farmErrors.badJob(['a label is below zero']);
  if (values.some((v) => !Number.isFinite(v)))
    throw farmErrors.badJob(['a value of a sample is no finite number']);
  return {
    count,
    shape: undefined,
    sample: (index) => Float32Array.from(values.subarray(index * length, (index + 1) * length)),
    label: (index) => {
      const label = labels?.[index];
      return label === undefined || label < 0 ? undefined : label;
    },
  };
}
