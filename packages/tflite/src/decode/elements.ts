import type { ElementArray, ElementType, Quantisation } from '@opq/ir';

/** What a DECODE operator is to make. */
export interface DecodedTensor {
  /** Row-major. */
  readonly shape: readonly number[];
  /** Of each element. */
  readonly type: ElementType;
  /** The output's own; its axis tells which table an element belongs to. */
  readonly quantisation?: Quantisation | undefined;
}

const ARRAYS = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
} as const;

/** Elements that stand in an ancillary tensor, little-endian; undefined where there are fewer. */
export interface StoredElements {
  readonly count: number;
  at(index: number): number | bigint | undefined;
}

const WIDTH: Readonly<Record<ElementType, number>> = {
  float32: 4,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
};

export function storedElements(bytes: Uint8Array, type: ElementType): StoredElements {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / WIDTH[type]);
  const read = (at: number): number | bigint => {
    switch (type) {
      case 'float32':
        return view.getFloat32(at, true);
      case 'int8':
        return view.getInt8(at);
      case 'uint8':
        return view.getUint8(at);
      case 'int16':
        return view.getInt16(at, true);
      case 'int32':
        return view.getInt32(at, true);
      case 'int64':
        return view.getBigInt64(at, true);
    }
  };
  return { count, at: (index) => (index < count ? read(index * WIDTH[type]) : undefined) };
}

/** An array of zeros to fill in. */
export interface NewElements {
  readonly array: ElementArray;
  /** Keeps the low bits of what does not fit. */
  put(index: number, value: number | bigint): void;
}

export function emptyElements(type: ElementType, count: number): NewElements {
  if (type === 'int64') {
    const array = new BigInt64Array(count);
    return { array, put: (index, value) => (array[index] = BigInt(value)) };
  }
  const array = new ARRAYS[type](count);
  return { array, put: (index, value) => (array[index] = Number(value)) };
}

/** Which channel an element belongs to, as the runtime counts: along the first dimension, or along the last. */
export interface ChannelView {
  readonly count: number;
  of(index: number): number;
}

/** @returns a sentence for an axis the runtime refuses */
export function channelsOf({ shape, quantisation }: DecodedTensor): ChannelView | string {
  const count = quantisation?.scales.length ?? 1;
  const axis = quantisation?.axis ?? 0;
  if (count > 1 && axis === shape.length - 1) return { count, of: (index) => index % count };
  if (axis !== 0) return `its scales run along axis ${axis}, neither the first nor the last`;
  const each = Math.max(1, shape.reduce((n, d) => n * d, 1) / count);
  return { count, of: (index) => Math.floor(index / each) };
}
