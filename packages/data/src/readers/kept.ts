/** Numbers that took long to make, by their number, until they take up too much memory. */
export interface Kept {
  /** The numbers of `index`, made where they are not kept. They are not to be written to. */
  get(index: number, make: () => Float32Array): ArrayLike<number>;
  clear(): void;
}

/** Bytes where they say the same: a quarter of the memory. */
function smallest(values: Float32Array): Uint8Array | Float32Array {
  const bytes = Uint8Array.from(values);
  return values.every((value, i) => value === bytes[i]) ? bytes : values;
}

/** Keeps what comes first and drops nothing: over many walks in changing order that is as good as any other rule. */
export function keepUpTo(mostBytes: number): Kept {
  const kept = new Map<number, Uint8Array | Float32Array>();
  let bytes = 0;
  return {
    get(index, make) {
      const known = kept.get(index);
      if (known !== undefined) return known;
      const values = smallest(make());
      if (bytes + values.byteLength <= mostBytes) {
        kept.set(index, values);
        bytes += values.byteLength;
      }
      return values;
    },
    clear() {
      kept.clear();
      bytes = 0;
    },
  };
}
