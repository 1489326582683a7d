import { LARGEST_LEVEL } from './steps';
import { channelOf, weightIndex, type LayerWeights } from './weights';

/** Weights that already are whole levels times a scale: what compression made of them before. */
export interface Lattice {
  readonly levels: Int8Array;
  /** One, or one per output channel. */
  readonly scales: readonly number[];
}

/** How far a float32 product of a level and a scale may lie from the exact one, relative to the level 1. */
const TOLERANCE = 2e-5;

/** The coarsest scale of which all values are multiples of at most 127; undefined where there is none. 1 for zeros. */
function scaleOf(values: Iterable<number>): number | undefined {
  const magnitudes = new Set<number>();
  for (const v of values) {
    if (v !== 0) magnitudes.add(Math.abs(v));
    if (magnitudes.size > LARGEST_LEVEL) return undefined;
  }
  if (magnitudes.size === 0) return 1;
  const list = [...magnitudes];
  const smallest = list.reduce((a, b) => Math.min(a, b));
  for (let level = 1; level <= LARGEST_LEVEL; level++) {
    const scale = smallest / level;
    const fits = list.every((m) => {
      const k = Math.round(m / scale);
      return k <= LARGEST_LEVEL && Math.abs(m / scale - k) <= TOLERANCE * k;
    });
    const exact = fits ? exactScale(list, scale) : undefined;
    if (exact !== undefined) return exact;
  }
  return undefined;
}

/** The float32 next to a scale whose float32 products give the values bit for bit. */
function exactScale(magnitudes: readonly number[], scale: number): number | undefined {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  for (const offset of [0, 1, -1, 2, -2]) {
    float[0] = scale;
    bits[0] = (bits[0] ?? 0) + offset;
    const candidate = float[0];
    if (magnitudes.every((m) => Math.fround(Math.round(m / candidate) * candidate) === m)) return candidate;
  }
  return undefined;
}

function* channelValues(w: LayerWeights, channel: number): Generator<number> {
  for (let k = 0; k < w.fanIn; k++) yield w.values[weightIndex(w, channel, k)] as number;
}

/** The lattice a layer's weights stand on, one scale for all channels where that is possible; undefined where there is none. */
export function latticeOf(w: LayerWeights): Lattice | undefined {
  const single = scaleOf(w.values);
  const scales =
    single === undefined
      ? Array.from({ length: w.channels }, (_, channel) => scaleOf(channelValues(w, channel)))
      : [single];
  const known = scales.filter((s) => s !== undefined);
  if (known.length < scales.length) return undefined;
  const levels = Int8Array.from(w.values, (v, i) =>
    Math.round(v / (known.length === 1 ? (known[0] ?? 1) : (known[channelOf(w, i)] ?? 1))),
  );
  return { levels, scales: known };
}

/**
 * Bits of a layer's survivors, at most what the budget that made them counted. From three bits on a channel counted
 * log₂(range / step), and its levels span at most one step more than its range; below, a sign and a span of magnitudes.
 */
export function leastBits(w: LayerWeights, { levels }: Lattice, lowBits: boolean): number {
  let bits = 0;
  for (let channel = 0; channel < w.channels; channel++) {
    let [count, low, high, smallest] = [0, Infinity, -Infinity, LARGEST_LEVEL];
    for (let k = 0; k < w.fanIn; k++) {
      const level = levels[weightIndex(w, channel, k)] as number;
      if (level === 0) continue;
      count++;
      smallest = Math.min(smallest, Math.abs(level));
      low = Math.min(low, level);
      high = Math.max(high, level);
    }
    if (count === 0) continue;
    const largest = Math.max(Math.abs(low), Math.abs(high));
    bits +=
      count * (lowBits ? 1 + Math.log2(largest - smallest + 1) : Math.log2(Math.max(1, high - low - 1)));
  }
  return bits;
}
