/** Reads bits from the most significant one of each byte on; never outside its bytes. */
export interface BitReader {
  /** The next `count` bits (1…16) as a number; undefined past the end. */
  take(count: number): number | undefined;
  /** Gives back bits that were taken last. */
  back(count: number): void;
}

export function bitReader(bytes: Uint8Array): BitReader {
  let position = 0;
  return {
    take(count) {
      if (position + count > bytes.length * 8) return undefined;
      let value = 0;
      for (let i = 0; i < count; i++, position++)
        value = (value << 1) | (((bytes[position >> 3] as number) >> (~position & 7)) & 1);
      return value;
    },
    back(count) {
      position -= count;
    },
  };
}
