import { irErrors } from '@opq/errors';
import { canonicalJson } from './canonical';
import { checkCompressedModel, checkModel } from './check';
import { crc32 } from './crc32';
import { deepFreeze, type CompressedModel, type Model } from './model';
import { headerSchema, type Header } from './schema';
import { bytesPerElement, elementCount, type ElementArray, type ElementType } from './tensor';

/*
 * model.opq, version 1: "OPQM", version (uint32), length of the JSON part (uint32), four zero bytes, the JSON part in
 * canonical form, zeros up to a multiple of 16, then the constants, each at a multiple of 16. All little-endian.
 */
const MAGIC = 0x4d51504f;
const VERSION = 1;
const PREFIX = 16;
const align = (n: number): number => Math.ceil(n / 16) * 16;

/** True for bytes that begin as a model.opq of any version does. */
export const isCompressedModel = (bytes: Uint8Array): boolean =>
  bytes.length >= PREFIX &&
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true) === MAGIC;

/** Canonical bytes of `model.opq`: equal models give equal bytes on every machine. */
export function writeCompressedModel({ model, codebooks, settings }: CompressedModel): Uint8Array {
  let dataBytes = 0;
  const placed = model.tensors.map(({ data, ...tensor }) => {
    if (data === undefined) return tensor;
    const offset = dataBytes;
    dataBytes = align(offset + data.byteLength);
    return { ...tensor, data: offset };
  });
  const blob = new Uint8Array(dataBytes);
  model.tensors.forEach(({ data }, i) => {
    const offset = placed[i] !== undefined && 'data' in placed[i] ? placed[i].data : undefined;
    if (data !== undefined && offset !== undefined) blob.set(littleEndian(data), offset);
  });
  const header = {
    model: { ...model, tensors: placed },
    codebooks,
    settings,
    dataBytes,
    dataCrc32: crc32(blob),
  };
  const json = new TextEncoder().encode(canonicalJson(header));
  const start = align(PREFIX + json.length);
  const bytes = new Uint8Array(start + dataBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, json.length, true);
  bytes.set(json, PREFIX);
  bytes.set(blob, start);
  return bytes;
}

/**
 * The model of a `model.opq`, checked and frozen.
 * @param place what errors call the file, e.g. its path
 * @throws OPQ0102 not such a file, OPQ0103 other version, OPQ0104 damaged, OPQ0101 contradictory
 */
export function readCompressedModel(file: Uint8Array, place: string): CompressedModel {
  const compressed = parse(file, place);
  const problems = checkCompressedModel(compressed);
  if (problems.length > 0) throw irErrors.invalidModel(place, problems);
  return deepFreeze(compressed);
}

/** A model of any element types, such as a float one, in the same form; no file of users. */
export const writeModel = (model: Model): Uint8Array => writeCompressedModel({ model, codebooks: [] });

/** What `writeModel` wrote, checked and frozen. @throws as `readCompressedModel` */
export function readModel(bytes: Uint8Array, place: string): Model {
  const { model } = parse(bytes, place);
  const problems = checkModel(model);
  if (problems.length > 0) throw irErrors.invalidModel(place, problems);
  return deepFreeze(model);
}

/** Its meaning is not checked yet. */
function parse(file: Uint8Array, place: string): CompressedModel {
  // A Buffer's slice() would share memory, a Uint8Array's copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX || view.getUint32(0, true) !== MAGIC) throw irErrors.notAnOpqFile(place);
  const version = view.getUint32(4, true);
  if (version !== VERSION) throw irErrors.opqFileVersion(place, version, VERSION);
  const jsonBytes = view.getUint32(8, true);
  const start = align(PREFIX + jsonBytes);
  if (start > bytes.length) throw irErrors.opqFileDamaged(place, 'it ends inside its description');
  const header = parseHeader(bytes.subarray(PREFIX, PREFIX + jsonBytes), place);
  const blob = bytes.subarray(start);
  if (blob.length !== header.dataBytes)
    throw irErrors.opqFileDamaged(
      place,
      `it holds ${blob.length} bytes of constants instead of ${header.dataBytes}`,
    );
  if (crc32(blob) !== header.dataCrc32)
    throw irErrors.opqFileDamaged(place, 'the checksum of its constants is wrong');
  const tensors = header.model.tensors.map(({ data, ...tensor }) => {
    if (data === undefined) return tensor;
    const length = elementCount(tensor.shape) * bytesPerElement(tensor.type);
    if (data % 16 !== 0 || !(data + length <= blob.length))
      throw irErrors.opqFileDamaged(place, `the constant ${tensor.name} lies outside the file`);
    return { ...tensor, data: elements(tensor.type, blob.slice(data, data + length)) };
  });
  // The schema has proven all but the brand of the ids, which the callers' checks cover.
  return {
    model: { ...header.model, tensors },
    codebooks: header.codebooks,
    ...(header.settings && { settings: header.settings }),
  } as unknown as CompressedModel;
}

function parseHeader(json: Uint8Array, place: string): Header {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw irErrors.opqFileDamaged(place, 'its description is not JSON');
  }
  const parsed = headerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw irErrors.opqFileDamaged(
    place,
    `its description is wrong at ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? '?'}`,
  );
}

/** Elements as they stand in the file. Every platform that Node runs on is little-endian. */
const littleEndian = (data: ElementArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function elements(type: ElementType, { buffer }: { readonly buffer: ArrayBuffer }): ElementArray {
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
  }
}
