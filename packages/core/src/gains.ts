import { weightIndex, type LayerWeights } from './weights';

/** How output channels are brought to one scale before they share a codebook (docs/method.md, Channel gains). */
export type GainMode = 'none' | 'channel';

/** Channel norms that differ by more than this ask for gains. */
const SPREAD = 2;

/** Root mean square of each channel. */
function channelNorms(w: LayerWeights): Float64Array {
  return Float64Array.from({ length: w.channels }, (_, channel) => {
    let sum = 0;
    for (let k = 0; k < w.fanIn; k++) sum += (w.values[weightIndex(w, channel, k)] as number) ** 2;
    return Math.sqrt(sum / w.fanIn);
  });
}

export interface Gains {
  readonly mode: GainMode;
  /** gⱼ > 0 per output channel, powers of ⁴√2; all 1 for mode none. */
  readonly values: Float64Array;
}

/** Gains are 2^(n/4): few distinct factors reach the device, and a step that is up to 9 % off its best costs next to nothing. */
const PER_OCTAVE = 4;
const onGrid = (gain: number): number => 2 ** (Math.round(Math.log2(gain) * PER_OCTAVE) / PER_OCTAVE);

/** @param mode `auto`: channel gains where norms of channels that are not all zero spread by more than 2x */
export function chooseGains(w: LayerWeights, mode: GainMode | 'auto'): Gains {
  const norms = channelNorms(w);
  const present = norms.filter((g) => g > 0);
  // Without a call per element: a layer may have more channels than a call may have arguments.
  const largest = present.reduce((a, b) => Math.max(a, b), 0);
  const smallest = present.reduce((a, b) => Math.min(a, b), Infinity);
  const chosen = mode === 'auto' ? (largest > SPREAD * smallest ? 'channel' : 'none') : mode;
  if (chosen === 'none') return { mode: 'none', values: new Float64Array(w.channels).fill(1) };
  return { mode: 'channel', values: norms.map((g) => (g > 0 ? onGrid(g) : 1)) };
}

/** v = w / g in float32, in the layer's own order. */
export function withoutGains(w: LayerWeights, gains: Gains): Float32Array {
  if (gains.mode === 'none') return w.values;
  const values = new Float32Array(w.values.length);
  for (let channel = 0; channel < w.channels; channel++) {
    const gain = gains.values[channel] as number;
    for (let k = 0; k < w.fanIn; k++) {
      const i = weightIndex(w, channel, k);
      values[i] = (w.values[i] as number) / gain;
    }
  }
  return values;
}
