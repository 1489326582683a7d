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
  /** gⱼ > 0 per output channel, powers of ⁴√2, of √2 by importance; all 1 for mode none. */
  readonly values: Float64Array;
}

/** Gains are 2^(n/4): few distinct factors reach the device, and a step that is up to 9 % off its best costs next to nothing. */
const PER_OCTAVE = 4;
/** Those of importance differ more, and would be more distinct ones: what these lose is less than what their factors take. */
const PER_OCTAVE_OF_IMPORTANCE = 2;
const onGrid = (gain: number, perOctave = PER_OCTAVE): number =>
  2 ** (Math.round(Math.log2(gain) * perOctave) / perOctave);

/** Channels that hardly count would get steps that make a level more than an output's step: that is slower, and saves next to nothing. */
const LARGEST_GAIN = 2;

/**
 * 1 would let errors count by what they cost alone, 0 relative to their channel: importance is measured at the uncompressed network, from which compression
 * goes far away.
 */
const TRUST = 2 / 3;

/** norm^⅓/√importance^⅔, none above `LARGEST_GAIN` times the layer's geometric mean. */
function byImportance(norms: Float64Array, importance: Float64Array): Float64Array {
  const gains = norms.map(
    (norm, channel) => (norm > 0 ? norm : 1) ** (1 - TRUST) * (importance[channel] ?? 1) ** (-TRUST / 2),
  );
  const middle = Math.exp(gains.reduce((sum, gain) => sum + Math.log(gain), 0) / Math.max(1, gains.length));
  return gains.map((gain) => Math.min(gain, LARGEST_GAIN * middle));
}

/**
 * @param mode `auto`: channel gains where norms of channels that are not all zero spread by more than 2x
 * @param importance of each channel, what a squared error of one of its weights costs the network's outputs; > 0. With it gains lie
 * between those that let errors count relative to their channel and those that let them count by what they cost (docs/method.md, Importance)
 */
export function chooseGains(w: LayerWeights, mode: GainMode | 'auto', importance?: Float64Array): Gains {
  const norms = channelNorms(w);
  if (importance !== undefined && mode !== 'none')
    return {
      mode: 'channel',
      values: byImportance(norms, importance).map((g) => onGrid(g, PER_OCTAVE_OF_IMPORTANCE)),
    };
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
