import { dataErrors } from '@opq/errors';
import type { BlockFile } from '../blocks';
import type { ElementType } from '../values';

/** What stands before the numbers of a .npy. */
export interface NpyHeader {
  readonly type: ElementType;
  /** Of the whole array, row-major. */
  readonly shape: readonly number[];
  /** Bytes before the first number. */
  readonly header: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy itself refuses longer ones unless told otherwise. */
const LONGEST = 10_000;

/** NumPy's names of the types that are read; < is little-endian, | has no order, = was the writer's own. */
const TYPES: Readonly<Record<string, ElementType>> = {
  '|u1': 'u8',
  '|i1': 'i8',
  '<u1': 'u8',
  '<i1': 'i8',
  '<i2': 'i16',
  '<i4': 'i32',
  '<i8': 'i64',
  '<f4': 'f32',
  '<f8': 'f64',
};

/** The entries of the literal: a dictionary of exactly three names whose values are a string, a truth value and a tuple. */
function entriesOf(text: string, place: string): ReadonlyMap<string, string> {
  const body = /^\{([^{}]*)\}\s*$/.exec(text)?.[1];
  if (body === undefined) throw dataErrors.notNpy(place, 'its header is no dictionary');
  const entries = new Map<string, string>();
  const entry = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|\[[^\]]*\]|True|False|\([^)]*\))\s*(?:,|$)/y;
  while (body.slice(entry.lastIndex).trim() !== '') {
    const found = entry.exec(body);
    const [, , name = '', value = ''] = found ?? [];
    if (found === null || entries.has(name)) throw dataErrors.notNpy(place, 'its header cannot be read');
    entries.set(name, value);
  }
  return entries;
}

function shapeOf(tuple: string, place: string): readonly number[] {
  const extents = tuple.slice(1, -1).split(',');
  if (extents.at(-1)?.trim() === '') extents.pop();
  return extents.map((text) => {
    const extent = Number(text);
    if (!/^\s*\d{1,16}\s*$/.test(text) || !Number.isSafeInteger(extent))
      throw dataErrors.notNpy(place, `its shape is ${tuple}`);
    return extent;
  });
}

/**
 * Reads the header of NumPy's array format, versions 1 to 3 (numpy.lib.format): magic, version, length of the header, and a
 * dictionary with descr, fortran_order and shape.
 * @throws OPQ0409 for what is no .npy, OPQ0410 for arrays that are not read
 */
export function npyHeader(file: BlockFile): NpyHeader {
  const { place } = file;
  if (file.bytes < 12) throw dataErrors.notNpy(place, 'it is too short');
  const start = file.read(0, 12);
  const view = new DataView(start.buffer);
  if (MAGIC.some((byte, i) => start[i] !== byte))
    throw dataErrors.notNpy(place, 'its first bytes say otherwise');
  const version = start[6] ?? 0;
  if (version < 1 || version > 3) throw dataErrors.notNpy(place, `it is of version ${version}`);
  const [from, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > LONGEST) throw dataErrors.notNpy(place, `its header has ${length} bytes`);
  if (from + length > file.bytes) throw dataErrors.notNpy(place, 'it ends inside its header');
  const entries = entriesOf(new TextDecoder('latin1').decode(file.read(from, length)), place);
  const [descr, order, tuple] = ['descr', 'fortran_order', 'shape'].map((name) => entries.get(name));
  if (descr === undefined || order === undefined || tuple === undefined || entries.size !== 3)
    throw dataErrors.notNpy(place, 'its header does not hold descr, fortran_order and shape');
  if (!/^(True|False)$/.test(order) || !tuple.startsWith('('))
    throw dataErrors.notNpy(place, 'its header cannot be read');
  const name = descr.slice(1, -1);
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) throw dataErrors.unsupportedNpy(place, `its numbers are of type ${name}`);
  if (order === 'True') throw dataErrors.unsupportedNpy(place, 'it is in Fortran order, column by column');
  return { type, shape: shapeOf(tuple, place), header: from + length };
}
