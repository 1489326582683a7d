import type { Transport } from '../../src';

/** Numbers in [0, 1) from a seed (xorshift32), the same everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What a faulty line did. */
export interface Damage {
  dropped: number;
  flipped: number;
  passed: number;
}

/** A line on which each byte, in either direction, is lost or has a bit flipped with a probability of `rate`, once `on()`. */
export function faultyLine(
  line: Transport,
  rate: number,
  seed: number,
  on: () => boolean = () => true,
): { readonly transport: Transport; readonly damage: Damage } {
  const random = randomNumbers(seed);
  const damage: Damage = { dropped: 0, flipped: 0, passed: 0 };
  const spoil = (bytes: Uint8Array): Uint8Array => {
    if (!on()) return bytes;
    const out: number[] = [];
    for (const byte of bytes) {
      if (random() >= rate) {
        damage.passed++;
        out.push(byte);
      } else if (random() < 0.5) damage.dropped++;
      else {
        damage.flipped++;
        out.push(byte ^ (1 << Math.floor(8 * random())));
      }
    }
    return Uint8Array.from(out);
  };
  return {
    damage,
    transport: {
      name: line.name,
      write: (bytes) => line.write(spoil(bytes)),
      onData: (listener) => line.onData((bytes) => listener(spoil(bytes))),
      onClose: (listener) => line.onClose(listener),
      close: () => line.close(),
    },
  };
}
