import type { Optimize } from '@opq/backend';

/** What is worth how much where a tensor can be stored in several ways; only the ratios count. */
export interface Preferences {
  /** A byte of the file. */
  readonly flash: number;
  /** A byte of the arena. */
  readonly ram: number;
  /** A step of decoding, in every inference: a look-up in a table, or an element written. */
  readonly time: number;
}

/** What each value of `optimize` stands for. A byte of the file is always worth 1. */
export const PREFERENCES: Readonly<Record<Optimize, Preferences>> = {
  flash: { flash: 1, ram: 0, time: 0 },
  balanced: { flash: 1, ram: 0.25, time: 0.02 },
  ram: { flash: 1, ram: 4, time: 0 },
  latency: { flash: 1, ram: 0, time: 0.2 },
};
