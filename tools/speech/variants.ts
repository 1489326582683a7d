import { random, type Random } from '@opq/ir/testing';
import { BANDS, bandsOf, cepstraOf, COEFFICIENTS, quantised, real, WINDOWS, type Bands } from './cepstra';
import { normal } from './normal';

/** How far variants are from what was recorded: shares of them, and ranges from a number on by at most another. */
export interface Strength {
  readonly moved: number;
  /** Deviation of the time, in windows. */
  readonly shift: number;
  readonly speed: readonly [number, number];
  readonly throat: readonly [number, number];
  /** Share of those over another one, and how much quieter that is, in nepers. */
  readonly over: number;
  readonly quieter: readonly [number, number];
  readonly noisy: number;
  /** Loudest noise: 0 that of the quietest window, 1 of the mean one. */
  readonly noise: number;
  readonly microphone: number;
  readonly shake: number;
  readonly held: number;
}

/** Near what was recorded: the uncompressed network still knows 87 % of them. */
export const MILD: Strength = {
  moved: 0.9, shift: 2.5, speed: [0.93, 0.14], throat: [0.95, 0.1], over: 0.08, quieter: [2, 3],
  noisy: 0.35, noise: 0.5, microphone: 0.4, shake: 0.4, held: 0.05,
}; // prettier-ignore
/** Far from it: 68 %. */
export const STRONG: Strength = {
  moved: 0.85, shift: 4, speed: [0.85, 0.35], throat: [0.88, 0.26], over: 0.25, quieter: [0.5, 3],
  noisy: 0.5, noise: 1, microphone: 1, shake: 0.8, held: 0.15,
}; // prettier-ignore

/** Deviation of what is added to each coefficient of all windows, as another microphone would. */
const MICROPHONE = [3, 4, 3, 2.5, 2, 2, 1.5, 1.5, 1, 1] as const;

/** A window between two, some of the first or the last ones behind the ends. */
function windowAt(bands: Bands, time: number, r: Random): Float64Array {
  const last = WINDOWS - 1;
  const t = time < 0 ? r.integer(0, 2) : time > last ? last - r.integer(0, 2) : time;
  const before = Math.floor(t);
  const [a, b] = [bands[before], bands[Math.min(last, before + 1)]] as const;
  return Float64Array.from({ length: BANDS }, (_, band) => (a?.[band] as number) * (1 - (t - before)) + (b?.[band] as number) * (t - before));
} // prettier-ignore

/** Earlier or later, slower or faster. */
function shifted(bands: Bands, by: Strength, r: Random): Bands {
  const shift = normal(r) * by.shift;
  const speed = by.speed[0] + by.speed[1] * r.next();
  const centre = (WINDOWS - 1) / 2;
  return bands.map((_, t) => windowAt(bands, (t - centre) * speed + centre + shift, r));
}

/** As by a longer or shorter throat. */
const throat = (window: Float64Array, factor: number): Float64Array =>
  Float64Array.from({ length: BANDS }, (_, band) => {
    const at = Math.min(BANDS - 1, Math.max(0, band * factor));
    const before = Math.floor(at);
    const share = at - before;
    return (
      (window[before] as number) * (1 - share) + (window[Math.min(BANDS - 1, before + 1)] as number) * share
    );
  });

/** Noise of some colour, from below the quietest window up to the mean one. */
function noisy(bands: Bands, by: Strength, r: Random): Bands {
  let [mean, least] = [0, Infinity];
  for (const window of bands) {
    let sum = 0;
    for (const value of window) sum += value / BANDS;
    mean += sum / WINDOWS;
    least = Math.min(least, sum);
  }
  const level = least - 2 + (mean - least + 2) * by.noise * r.next();
  const [slope, curve] = [normal(r) * 1.5, normal(r)];
  return bands.map((window) => {
    const own = normal(r) * 0.3;
    return window.map((value, band) => {
      const x = (band - 19.5) / 20;
      const noise = level + slope * x + curve * (x * x - 0.33) + own + normal(r) * 0.3;
      return Math.log(Math.exp(value) + Math.exp(noise));
    });
  });
}

function variant(all: readonly Bands[], index: number, by: Strength, r: Random): Int8Array {
  let bands = all[index] as Bands;
  if (r.chance(by.moved)) bands = shifted(bands, by, r);
  if (r.chance(0.6)) {
    const factor = by.throat[0] + by.throat[1] * r.next();
    bands = bands.map((window) => throat(window, factor));
  }
  if (r.chance(by.over)) {
    const other = shifted(all[r.integer(0, all.length - 1)] as Bands, by, r);
    const quieter = -(by.quieter[0] + by.quieter[1] * r.next());
    bands = bands.map((window, t) =>
      window.map((value, band) => Math.log(Math.exp(value) + Math.exp((other[t]?.[band] as number) + quieter))),
    );
  }
  if (r.chance(by.noisy)) bands = noisy(bands, by, r);
  const cepstra = cepstraOf(bands);
  const added = MICROPHONE.map((deviation) => (r.chance(0.7) ? by.microphone * normal(r) * deviation : 0));
  const shake = r.chance(0.5) ? by.shake * r.next() : 0;
  if (r.chance(by.held)) {
    const from = r.integer(0, 43);
    const past = Math.min(WINDOWS, from + r.integer(1, 5));
    for (let t = from; t < past; t++) cepstra.copyWithin(t * COEFFICIENTS, from * COEFFICIENTS, (from + 1) * COEFFICIENTS);
  }
  return quantised(cepstra.map((value, i) => value + (added[i % COEFFICIENTS] as number) + shake * normal(r)));
} // prettier-ignore

/**
 * Recorded samples said a little otherwise: at another time, speed and pitch, in noise, through another microphone, over one another.
 * @param copies of each of them
 */
export function variantsOf(
  samples: readonly Int8Array[],
  by: Strength,
  copies: number,
  seed: number,
): readonly Int8Array[] {
  const r = random(seed * 31_337 + 5);
  const all = samples.map((sample) => bandsOf(real(sample)));
  return Array.from({ length: copies }, () => all.map((_, index) => variant(all, index, by, r))).flat();
}
