import FFT from 'fft.js';

/*
 * The inputs of MLPerf Tiny's keyword spotting, as its training makes them of a second of sound: 49 windows of 30 ms, 20 ms apart, the first
 * ten mel-frequency cepstral coefficients of each, as TensorFlow's `signal.mfccs_from_log_mel_spectrograms` has them, in int8.
 */

export const RATE = 16_000;
export const WINDOWS = 49;
export const COEFFICIENTS = 10;
/** Bytes of one sample: [WINDOWS, COEFFICIENTS]. */
export const SAMPLE = WINDOWS * COEFFICIENTS;
const WINDOW = 480;
const STEP = 320;
const SIZE = 512;
export const BANDS = 40;
const LOWEST = 20;
const HIGHEST = 4000;
/** real = (int8 − ZERO_POINT) · SCALE, of kws01_dscnn_int8. */
export const SCALE = 0.5847029;
export const ZERO_POINT = 83;

const mel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);

/** Triangles over the bins of a spectrum, their corners equally far apart in mel. */
const FILTERS = Array.from({ length: BANDS }, (_, band) => {
  const corner = (i: number): number => mel(LOWEST) + ((mel(HIGHEST) - mel(LOWEST)) * i) / (BANDS + 1);
  const [low, middle, high] = [corner(band), corner(band + 1), corner(band + 2)];
  return Float64Array.from({ length: SIZE / 2 + 1 }, (_, bin) => {
    const at = mel((bin * RATE) / SIZE);
    return bin === 0 ? 0 : Math.max(0, Math.min((at - low) / (middle - low), (high - at) / (high - middle)));
  });
});
const HANN = Float64Array.from(
  { length: WINDOW },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW),
);
const COSINES = Array.from({ length: COEFFICIENTS }, (_, c) =>
  Float64Array.from({ length: BANDS }, (_, band) => Math.cos((Math.PI * c * (band + 0.5)) / BANDS)),
);

/** Logarithms of the energy in each mel band, window by window. */
export type Bands = readonly Float64Array[];

/** @returns [WINDOWS, COEFFICIENTS] */
export function cepstraOf(bands: Bands): Float64Array {
  const out = new Float64Array(SAMPLE);
  bands.forEach((window, t) =>
    COSINES.forEach((cosines, c) => {
      let sum = 0;
      for (let band = 0; band < BANDS; band++) sum += (window[band] as number) * (cosines[band] as number);
      out[t * COEFFICIENTS + c] = (2 * sum) / Math.sqrt(2 * BANDS);
    }),
  );
  return out;
}

/** What the first coefficients say of the bands: their outline. */
export const bandsOf = (cepstra: Float64Array): Bands =>
  Array.from({ length: WINDOWS }, (_, t) =>
    Float64Array.from({ length: BANDS }, (_, band) => {
      let sum = cepstra[t * COEFFICIENTS] as number;
      for (let c = 1; c < COEFFICIENTS; c++)
        sum += 2 * (cepstra[t * COEFFICIENTS + c] as number) * (COSINES[c]?.[band] as number);
      return (sum * Math.sqrt(2 * BANDS)) / (2 * BANDS);
    }),
  );

const fft = new FFT(SIZE);

/** @param sound one second at `RATE` */
export function cepstraOfSound(sound: Float32Array): Float64Array {
  let loudest = -Infinity;
  for (const value of sound) if (value > loudest) loudest = value;
  const spectrum = fft.createComplexArray();
  const bands = Array.from({ length: WINDOWS }, (_, t) => {
    const window = new Float64Array(SIZE);
    for (let i = 0; i < WINDOW; i++)
      window[i] = Math.max(-1, Math.min(1, (sound[t * STEP + i] ?? 0) / loudest)) * (HANN[i] as number);
    fft.realTransform(spectrum, window);
    const size = Float64Array.from({ length: SIZE / 2 + 1 }, (_, bin) =>
      Math.hypot(spectrum[2 * bin] as number, spectrum[2 * bin + 1] as number),
    );
    return Float64Array.from(FILTERS, (filter) => {
      let sum = 0;
      for (let bin = 0; bin < size.length; bin++) sum += (filter[bin] as number) * (size[bin] as number);
      return Math.log(sum + 1e-6);
    });
  });
  return cepstraOf(bands);
}

/** As int8; what is no number, because a sound was silent, as the least one. */
export const quantised = (cepstra: Float64Array): Int8Array =>
  Int8Array.from(cepstra, (real) => {
    const value = Math.round(real / SCALE) + ZERO_POINT;
    return value >= -128 ? Math.min(127, value) : -128;
  });

export const real = (sample: Int8Array): Float64Array =>
  Float64Array.from(sample, (value) => (value - ZERO_POINT) * SCALE);
