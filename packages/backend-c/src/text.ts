import type { ElementKind, TableWriter } from '@opq/backend';
import { crc32 } from '@opq/ir';

/** Text from a model as it may stand in a C comment or string: printable ASCII, nothing that ends either or joins lines. */
export function inComment(text: string, limit = 60): string {
  const plain = text.replace(/[^\x20-\x7e]|[\\"*/?]/g, '_');
  return plain.length > limit ? `${plain.slice(0, limit - 3)}...` : plain;
}

const WIDTH: Record<ElementKind, number> = { uint8_t: 1, int8_t: 1, int16_t: 2, int32_t: 4 };

/** Little-endian; negative numbers in two's complement. */
function write(view: DataView, width: number, index: number, value: number): void {
  if (width === 1) view.setUint8(index, value & 255);
  else if (width === 2) view.setInt16(2 * index, value, true);
  else view.setInt32(4 * index, value, true);
}

/** Collects `static const` tables: their text, their exact bytes in flash, and one checksum over all of them in order. */
export class Tables implements TableWriter {
  private readonly lines: string[] = [];
  private checksum = 0;
  private readonly arrays: string[] = [];
  private arraysChecksum = 0;
  /** Bytes of everything added so far. */
  bytes = 0;

  /**
   * Adds a table of numbers, whole rows per line. An empty one gets a single 0, because C has no empty arrays.
   * @param comment shape and meaning, fixed text or made safe by `inComment`
   */
  add(name: string, kind: ElementKind, values: ArrayLike<number>, rowLength: number, comment: string): void {
    const list = values.length === 0 ? [0] : Array.from(values);
    const perLine = Math.max(1, Math.min(rowLength, kind === 'int32_t' ? 8 : 24));
    const rows: string[] = [];
    for (let row = 0; row < list.length; row += rowLength)
      for (let i = row; i < Math.min(row + rowLength, list.length); i += perLine)
        rows.push(
          `  ${list
            .slice(i, Math.min(i + perLine, row + rowLength, list.length))
            .map(literal)
            .join(', ')},`,
        );
    this.lines.push(
      `/* ${comment} */`,
      `static const ${kind} ${name}[${list.length}] = {`,
      ...rows,
      '};',
      '',
    );
    const raw = new Uint8Array(list.length * WIDTH[kind]);
    const view = new DataView(raw.buffer);
    list.forEach((v, i) => write(view, WIDTH[kind], i, v));
    this.checksum = crc32(raw, this.checksum);
    this.arrays.push(name);
    this.arraysChecksum = crc32(raw, this.arraysChecksum);
    this.bytes += raw.length;
  }

  /**
   * Adds a structure. Pointer members go into `pointers`, as C text, and stand in front of the numbers in C, so that a
   * structure takes its members' bytes, filled up to whole words where it holds pointers or words.
   * @param width bytes of each number on every target
   */
  structure(
    type: string,
    name: string,
    members: Readonly<Record<string, number | readonly number[]>>,
    pointers: Readonly<Record<string, string>> = {},
    width: 1 | 2 | 4 = 4,
  ): void {
    const text = (value: number | readonly number[]): string =>
      typeof value === 'number' ? literal(value) : `{${value.map(literal).join(', ')}}`;
    const entries = [
      ...Object.entries(members).map(([k, v]) => `.${k} = ${text(v)}`),
      ...Object.entries(pointers).map(([k, v]) => `.${k} = ${v}`),
    ];
    const lines: string[] = [];
    for (let i = 0; i < entries.length; i += 3) lines.push(`  ${entries.slice(i, i + 3).join(', ')},`);
    this.lines.push(`static const ${type} ${name} = {`, ...lines, '};', '');
    const numbers = Object.values(members).flat();
    const raw = new Uint8Array(numbers.length * width);
    const view = new DataView(raw.buffer);
    numbers.forEach((v, i) => write(view, width, i, v));
    this.checksum = crc32(raw, this.checksum);
    const links = Object.keys(pointers).length;
    this.bytes += links === 0 ? raw.length : 4 * (Math.ceil(raw.length / 4) + links);
  }

  /**
   * Adds a structure that begins with structures of 16-bit numbers, then holds 16-bit numbers, then bytes filled up to
   * whole words, then pointers.
   */
  nested(
    type: string,
    name: string,
    inner: Readonly<Record<string, Readonly<Record<string, number>>>>,
    shorts: Readonly<Record<string, number>>,
    bytes: Readonly<Record<string, number>>,
    pointers: Readonly<Record<string, string>>,
  ): void {
    const rows = (members: Readonly<Record<string, number | string>>, indent: string): readonly string[] => {
      const list = Object.entries(members).map(
        ([k, v]) => `.${k} = ${typeof v === 'number' ? literal(v) : v}`,
      );
      return list.flatMap((_, i) => (i % 3 === 0 ? [`${indent}${list.slice(i, i + 3).join(', ')},`] : []));
    };
    this.lines.push(
      `static const ${type} ${name} = {`,
      ...Object.entries(inner).flatMap(([k, members]) => [`  .${k} = {`, ...rows(members, '    '), '  },']),
      ...rows(shorts, '  '),
      ...rows(bytes, '  '),
      ...rows(pointers, '  '),
      '};',
      '',
    );
    const halves = [
      ...Object.values(inner).flatMap((members) => Object.values(members)),
      ...Object.values(shorts),
    ];
    const small = Object.values(bytes);
    const raw = new Uint8Array(2 * halves.length + small.length);
    const view = new DataView(raw.buffer);
    halves.forEach((v, i) => write(view, 2, i, v));
    raw.set(small, 2 * halves.length);
    this.checksum = crc32(raw, this.checksum);
    this.bytes += 4 * (Math.ceil(raw.length / 4) + Object.keys(pointers).length);
  }

  get crc(): number {
    return this.checksum;
  }

  /** Names of all tables of numbers, in order: weights, biases, codebooks; structures are not among them. */
  get names(): readonly string[] {
    return this.arrays;
  }

  /** CRC-32 over their bytes as they stand in flash (little-endian). */
  get dataCrc(): number {
    return this.arraysChecksum;
  }

  get text(): string {
    return this.lines.join('\n');
  }
}

/** Eight hexadecimal digits. */
export const hex = (value: number): string => value.toString(16).padStart(8, '0');

/** An integer as C takes it without a warning, INT32_MIN included. */
export const literal = (value: number): string =>
  value === -2147483648 ? '(-2147483647 - 1)' : String(value);

/** scale as numerator · 2^exponent, exactly: every scale is a float32. The numerator is below 2²⁴. */
export function scaleParts(scale: number): { readonly numerator: number; readonly exponent: number } {
  let numerator = scale;
  let exponent = 0;
  while (!Number.isInteger(numerator)) [numerator, exponent] = [numerator * 2, exponent - 1];
  while (numerator > 2 ** 24) [numerator, exponent] = [numerator / 2, exponent + 1];
  return { numerator, exponent };
}
