import type { ValueRange } from './dataset';

/** How numbers stand in a file, little-endian. */
export type ElementType = 'u8' | 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64';

/** Bytes of one element. */
export const WIDTH: Readonly<Record<ElementType, number>> = {
  u8: 1,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
};

/** How stored numbers become the real values a network takes: real = (raw − zeroPoint) · scale. */
export interface Scaling {
  readonly scale?: number | undefined;
  readonly zeroPoint?: number | undefined;
}

/** The numbers of a block as they are stored. The block starts at a multiple of the width. */
export function rawNumbers(type: ElementType, block: Uint8Array): ArrayLike<number> {
  const count = Math.floor(block.length / WIDTH[type]);
  switch (type) {
    case 'u8':
      return block;
    case 'i8':
      return new Int8Array(block.buffer, block.byteOffset, count);
    case 'i16':
      return new Int16Array(block.buffer, block.byteOffset, count);
    case 'i32':
      return new Int32Array(block.buffer, block.byteOffset, count);
    case 'i64':
      return Array.from(new BigInt64Array(block.buffer, block.byteOffset, count), Number);
    case 'f32':
      return new Float32Array(block.buffer, block.byteOffset, count);
    case 'f64':
      return new Float64Array(block.buffer, block.byteOffset, count);
  }
}

/** Writes the real values of a block's numbers into `into` from `at` on. */
export type Convert = (block: Uint8Array, into: Float32Array, at: number) => void;

/** How a file's numbers are read, as Records want it. */
export const readAs = (type: ElementType, scaling: Scaling) => ({
  convert: realValues(type, scaling),
  range: rangeOf(type, scaling),
});

/** Real values of the least and the largest byte; undefined for wider types. */
export function rangeOf(type: ElementType, { scale = 1, zeroPoint = 0 }: Scaling): ValueRange | undefined {
  if (type !== 'u8' && type !== 'i8') return undefined;
  const least = type === 'u8' ? 0 : -128;
  const [a, b] = [(least - zeroPoint) * scale, (least + 255 - zeroPoint) * scale];
  return { min: Math.min(a, b), max: Math.max(a, b) };
}

/** Computed in double precision and rounded once to float32. */
function realValues(type: ElementType, { scale = 1, zeroPoint = 0 }: Scaling): Convert {
  if (type === 'u8') {
    const table = Float32Array.from({ length: 256 }, (_, v) => (v - zeroPoint) * scale);
    return (block, into, at) => {
      for (let i = 0; i < block.length; i++) into[at + i] = table[block[i] ?? 0] ?? 0;
    };
  }
  return (block, into, at) => {
    const raw = rawNumbers(type, block);
    for (let i = 0; i < raw.length; i++) into[at + i] = ((raw[i] ?? 0) - zeroPoint) * scale;
  };
}
