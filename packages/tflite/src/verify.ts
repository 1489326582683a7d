/*
 * The runtime of flatbuffers trusts offsets; a hostile file would make it read outside the file. This walk proves, before
 * any generated accessor runs, that every table, vector and string we read lies inside the file and is aligned.
 */

/** What stands in a field: a scalar of some bytes, a string, a vector of scalars, a table, or a vector of tables. */
type Field =
  | { readonly kind: 'scalar'; readonly bytes: number }
  | { readonly kind: 'string' }
  | { readonly kind: 'scalars'; readonly bytes: number }
  | { readonly kind: 'table'; readonly layout: Layout }
  | { readonly kind: 'tables'; readonly layout: Layout }
  | { readonly kind: 'union'; readonly layouts: ReadonlyMap<number, Layout> };

/** Fields by id, each with its name in the schema; ids that are left out are not read by us. */
type Layout = ReadonlyMap<number, readonly [name: string, field: Field]>;

/** Told of every part that a file is made of: bytes from `start` up to `end`, and the way that leads there. */
export type Visit = (start: number, end: number, way: string) => void;

const scalar = (bytes: number): Field => ({ kind: 'scalar', bytes });
const scalars = (bytes: number): Field => ({ kind: 'scalars', bytes });
const string: Field = { kind: 'string' };
const tables = (layout: Layout): Field => ({ kind: 'tables', layout });
const fields = (entries: Readonly<Record<number, readonly [string, Field]>>): Layout =>
  new Map(Object.entries(entries).map(([id, entry]) => [Number(id), entry]));

const B = scalar(1);
const I = scalar(4);
/** Options that we read, as scalars one after the other. */
const settings = (...scalarFields: readonly Field[]): Layout =>
  fields(Object.fromEntries(scalarFields.map((field, id) => [id, [`${id}`, field] as const])));
const options: ReadonlyMap<number, Layout> = new Map([
  [1, settings(B, I, I, B, I, I)],
  [2, settings(B, I, I, I, B, I, I)],
  [5, settings(B, I, I, I, I, B)],
  [8, settings(B, B, B)],
  [9, settings(I)],
  [10, settings(I, B)],
  [11, settings(B)],
  [17, fields({ 0: ['new_shape', scalars(4)] })],
  [21, settings(B)],
  [22, settings()],
  [27, settings(B)],
  [28, settings(B)],
]);

const quantisation = fields({
  2: ['scale', scalars(4)],
  3: ['zero_point', scalars(8)],
  4: ['details_type', B],
  6: ['quantized_dimension', I],
});
const tensor = fields({
  0: ['shape', scalars(4)],
  1: ['type', B],
  2: ['buffer', I],
  3: ['name', string],
  4: ['quantization', { kind: 'table', layout: quantisation }],
  5: ['is_variable', B],
  6: ['sparsity', { kind: 'table', layout: fields({}) }],
  7: ['shape_signature', scalars(4)],
});
const operator = fields({
  0: ['opcode_index', I],
  1: ['inputs', scalars(4)],
  2: ['outputs', scalars(4)],
  4: ['builtin_options', { kind: 'union', layouts: options }],
});
const subgraph = fields({
  0: ['tensors', tables(tensor)],
  1: ['inputs', scalars(4)],
  2: ['outputs', scalars(4)],
  3: ['operators', tables(operator)],
  4: ['name', string],
});
const model = fields({
  0: ['version', I],
  1: [
    'operator_codes',
    tables(
      fields({
        0: ['deprecated_builtin_code', B],
        1: ['custom_code', string],
        2: ['version', I],
        3: ['builtin_code', I],
      }),
    ),
  ],
  2: ['subgraphs', tables(subgraph)],
  3: ['description', string],
  4: [
    'buffers',
    tables(fields({ 0: ['data', scalars(1)], 1: ['offset', scalar(8)], 2: ['size', scalar(8)] })),
  ],
});

/** Thrown inside this file only. */
class Broken extends Error {}

function walker(bytes: Uint8Array, visit: Visit = () => undefined) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  /** A file of n bytes has at most n/4 offsets worth following; more means tables are shared to waste time. */
  let budget = size / 2 + 64;
  const need = (ok: boolean, what: string): void => {
    if (!ok) throw new Broken(what);
  };
  const follow = (at: number, what: string): number => {
    need(budget-- > 0, 'it refers to the same tables too often');
    const target = at + view.getUint32(at, true);
    need(
      target > at && target + 4 <= size && target % 4 === 0,
      `the offset of ${what} leads outside the file`,
    );
    return target;
  };
  const vector = (
    at: number,
    elementBytes: number,
    what: string,
  ): { readonly start: number; readonly count: number } => {
    const target = follow(at, what);
    const count = view.getUint32(target, true);
    const start = target + 4;
    need(start + count * elementBytes <= size, `${what} is longer than the file`);
    // Empty vectors are written unaligned by some tools.
    need(count === 0 || start % Math.min(elementBytes, 8) === 0, `${what} is not aligned`);
    visit(target, start + count * elementBytes, what);
    return { start, count };
  };

  function field(
    table: number,
    offset: number,
    tableBytes: number,
    spec: Field,
    tag: number,
    what: string,
  ): void {
    const at = table + offset;
    const width = spec.kind === 'scalar' ? spec.bytes : 4;
    need(offset >= 4 && offset + width <= tableBytes && at % width === 0, `${what} lies outside its table`);
    switch (spec.kind) {
      case 'scalar':
        return;
      case 'string': {
        const { start, count } = vector(at, 1, what);
        if (start + count < size) visit(start + count, start + count + 1, what);
        return;
      }
      case 'scalars':
        vector(at, spec.bytes, what);
        return;
      case 'table':
        walk(follow(at, what), spec.layout, what);
        return;
      case 'tables': {
        const { start, count } = vector(at, 4, what);
        for (let i = 0; i < count; i++)
          walk(follow(start + 4 * i, `${what}[${i}]`), spec.layout, `${what}[${i}]`);
        return;
      }
      case 'union': {
        const layout = spec.layouts.get(tag);
        if (layout !== undefined) walk(follow(at, what), layout, what);
        return;
      }
    }
  }

  function walk(table: number, layout: Layout, what: string): void {
    const vtable = table - view.getInt32(table, true);
    need(
      vtable >= 0 && vtable + 4 <= size && vtable % 2 === 0,
      `the layout of ${what} lies outside the file`,
    );
    const vtableBytes = view.getUint16(vtable, true);
    const tableBytes = view.getUint16(vtable + 2, true);
    need(
      vtableBytes >= 4 && vtableBytes % 2 === 0 && vtable + vtableBytes <= size,
      `the layout of ${what} is cut off`,
    );
    need(tableBytes >= 4 && table + tableBytes <= size, `${what} is longer than the file`);
    const offsetOf = (id: number): number =>
      4 + 2 * id < vtableBytes ? view.getUint16(vtable + 4 + 2 * id, true) : 0;
    visit(vtable, vtable + vtableBytes, what);
    visit(table, table + tableBytes, what);
    for (const [id, [name, spec]] of layout) {
      const offset = offsetOf(id);
      if (offset === 0) continue;
      const tagOffset = spec.kind === 'union' ? offsetOf(id - 1) : 0;
      need(tagOffset < tableBytes, `${what} lies outside its table`);
      field(
        table,
        offset,
        tableBytes,
        spec,
        tagOffset === 0 ? 0 : view.getUint8(table + tagOffset),
        `${what}, ${name}`,
      );
    }
  }
  return { root: () => walk(follow(0, 'the model'), model, 'the model') };
}

/**
 * @param visit is told of every part on the way, shared ones as often as they are led to
 * @returns what is wrong with the file's structure, or undefined when every accessor is safe
 */
export function structuralProblem(bytes: Uint8Array, visit?: Visit): string | undefined {
  if (bytes.length < 12) return `it has only ${bytes.length} bytes`;
  try {
    walker(bytes, visit).root();
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.message;
    throw error;
  }
}
