/**
 * The ancillary tensor of TFLM's DECODE operator: a header of 16 bytes, then tables. Byte 0 names the form, byte 1 is the
 * version of the header, byte 4 the version of the form, bytes 5 and 6 its parameters.
 * Source: tensorflow/lite/micro/kernels/decode_state*.h of tflite-micro.
 */
export const HEADER_BYTES = 16;

/** Forms by their number in byte 0 of the header, from 0. */
export const DECODE_FORMS = ['lut', 'huffman', 'prune'] as const;
/** lut: packed indices into tables; huffman: a prefix code of values; prune: a bitmap and the values it keeps. */
export type DecodeForm = (typeof DECODE_FORMS)[number];

/** The second constant input of a DECODE operator, taken apart. */
export interface Ancillary {
  /** How the operator's weights are decoded. */
  readonly form: DecodeForm;
  /** Bytes 5 and 6 of the header. */
  readonly parameters: readonly [number, number];
  /** From byte 16 on. */
  readonly payload: Uint8Array;
}

const VERSION = 1;

/** Takes an ancillary tensor apart and checks its header. @returns the parts, or a sentence that says what is wrong */
export function readAncillary(bytes: Uint8Array): Ancillary | string {
  if (bytes.length < HEADER_BYTES)
    return `its ancillary tensor has ${bytes.length} bytes, fewer than a header`;
  const [type = 0, header = 0] = bytes;
  const form = DECODE_FORMS[type];
  if (form === undefined) return `its ancillary tensor is of type ${type}`;
  if (header !== VERSION || bytes[4] !== VERSION)
    return `its ancillary tensor has version ${header}.${bytes[4] ?? 0}, not ${VERSION}.${VERSION}`;
  return { form, parameters: [bytes[5] ?? 0, bytes[6] ?? 0], payload: bytes.subarray(HEADER_BYTES) };
}

/** The bytes of an ancillary tensor. */
export function writeAncillary({ form, parameters, payload }: Ancillary): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  bytes.set([DECODE_FORMS.indexOf(form), VERSION, 0, 0, VERSION, ...parameters]);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}
