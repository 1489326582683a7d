import { requantise, type WeightedParameters } from '@opq/reference';
import type { SurvivorLists } from './survivors';

/** How the sums of one output channel become outputs. */
export interface ChannelRequantisation {
  /** Added to the sum, in units of the accumulator. */
  readonly bias: number;
  /** Q0.31. */
  readonly multiplier: number;
  /** Power of two, −31…30; to the left where positive. */
  readonly shift: number;
}

/** What opq_packed_of() makes of a channel: output + 128 = floor((floor(multiplier · sum / 2¹⁶) + added) / 2¹⁶). */
export interface Packed {
  readonly multiplier: number;
  readonly added: number;
}

const UNIT = 2 ** 16;
const LARGEST = 2 ** 31;
/** The output's offset, for which negative numbers end at its least value however they are rounded. */
const OFFSET = -128;

/** The same numbers as opq_packed_of(). */
export function packedOf({ bias, multiplier, shift }: ChannelRequantisation): Packed {
  const right = -shift - 1;
  const scaled = Math.floor((multiplier + Math.floor(2 ** right / 2)) / 2 ** right);
  // Beyond 2⁵³ the floor would not be exact; such a channel has no sums that int32 holds anyway.
  const product = BigInt(scaled) * BigInt(bias);
  return { multiplier: scaled, added: Number(product >> 16n) + UNIT / 2 + Math.floor(2 ** (14 - right)) };
}

/**
 * Whether all sums that a channel can have become the same outputs by opq_packed_of() as by opq_requantise(). Both never fall
 * while the sum grows, so that it is enough to compare where they pass from one output to the next.
 * @param levels of the channel's weights; their magnitudes sum to 255 or less
 * @param channel with what the zero point of the input adds in its bias
 */
export function isPacked(levels: Int8Array, channel: ChannelRequantisation): boolean {
  if (channel.shift >= 0 || channel.shift < -20) return false;
  const [positive, negative] = levels.reduce(([up, down], k) => (k > 0 ? [up + k, down] : [up, down - k]), [
    0, 0,
  ] as readonly [number, number]);
  const least = -128 * positive - 127 * negative;
  const most = 127 * positive + 128 * negative;
  const { multiplier, added } = packedOf(channel);
  const scaled = (sum: number): number => Math.floor((multiplier * sum) / UNIT);
  const ends = [added, scaled(least) + added, scaled(most) + added];
  if (multiplier === 0 || ends.some((end) => end < -LARGEST || end >= LARGEST)) return false;
  const exact = (sum: number): number =>
    requantise(sum + channel.bias, channel.multiplier, channel.shift) + OFFSET;
  for (let output = OFFSET + 1; output <= 127; output++) {
    // The least sum with this output or a larger one, by opq_packed_of().
    const first = Math.ceil((((output - OFFSET) * UNIT - added) * UNIT) / multiplier);
    if (first <= most && exact(Math.max(first, least)) < output) return false;
    if (first > least && exact(Math.min(first - 1, most)) >= output) return false;
  }
  return true;
}

/** A layer whose channels may store their outputs in packs. */
export interface PackedLayer {
  /** Channel by channel, `fanIn` each. */
  readonly levels: Int8Array;
  readonly fanIn: number;
  readonly lists: SurvivorLists;
  readonly parameters: WeightedParameters;
  readonly bias: Int32Array | undefined;
}

/** Whether each output channel may be stored by opq_packed_of(). */
export function packedChannels({ levels, fanIn, lists, parameters, bias }: PackedLayer): readonly boolean[] {
  const { multipliers, shifts, inputOffset, outputOffset, outputMin, outputMax } = parameters;
  const bounded = outputOffset !== OFFSET || outputMin !== -128 || outputMax !== 127;
  return Array.from(multipliers, (multiplier, c) => {
    if (bounded || lists.wide[c] === true) return false;
    const own = levels.subarray(c * fanIn, (c + 1) * fanIn);
    const sum = own.reduce((n, k) => n + k, 0);
    return isPacked(own, { bias: (bias?.[c] ?? 0) + inputOffset * sum, multiplier, shift: shifts[c] ?? 0 });
  });
}
