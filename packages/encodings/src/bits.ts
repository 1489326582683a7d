/** Writes values of a few bits one after the other, the lowest bit first. */
export class BitWriter {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bits: number) {
    this.bytes = new Uint8Array(Math.ceil(bits / 8));
  }

  put(value: number, bits: number): void {
    for (let i = 0; i < bits; i++, this.at++)
      if ((value >> i) & 1) (this.bytes[this.at >> 3] as number) |= 1 << (this.at & 7);
  }

  finish(): Uint8Array {
    return this.bytes;
  }
}

export class BitReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Zeros behind the end. */
  take(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++, this.at++)
      value |= (((this.bytes[this.at >> 3] ?? 0) >> (this.at & 7)) & 1) << i;
    return value;
  }
}
