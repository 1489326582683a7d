/** Packs numbers from the most significant bit of each byte on. */
export interface BitWriter {
  /** @param bits 0…24 */
  put(value: number, bits: number): void;
  /** All bits so far, filled up with zeros to whole bytes. */
  bytes(): Uint8Array;
}

export function bitWriter(expectedBits: number): BitWriter {
  const bytes = new Uint8Array(Math.ceil(expectedBits / 8));
  let position = 0;
  return {
    put(value, bits) {
      for (let bit = bits - 1; bit >= 0; bit--, position++)
        if (((value >> bit) & 1) === 1)
          bytes[position >> 3] = (bytes[position >> 3] as number) | (128 >> (position & 7));
    },
    bytes: () => bytes.subarray(0, Math.ceil(position / 8)),
  };
}
