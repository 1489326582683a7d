import { BitReader, BitWriter } from './bits';
import { decodeEntropy, encodeEntropy } from './entropy';
import { codeGaps, decodeGaps, LEVEL_BITS } from './gaps';
import { codeHops, decodeHops } from './hops';
import { codedBits, frequenciesOf, type Frequency } from './frequencies';
import { histogramOf, indexWidth, type Histogram } from './levels';

/**
 * How the weights of one layer stand in flash.
 * - `int8`: the levels themselves.
 * - `packed`: an index into the table for every weight.
 * - `bitmap`: per channel a bit for every weight, then an index for every one that is not 0.
 * - `entropy`: levels coded by their frequency, with 8 or 12 bits of precision; about the entropy of the levels.
 * - `gaps`: the same coder over gaps between weights that are not 0, and their levels; as many bytes, and faster to read.
 * - `hops`: a byte for each weight that is not 0; larger than `gaps`, and faster still.
 */
export type Form = 'int8' | 'packed' | 'bitmap' | 'entropy' | 'gaps' | 'hops';

/** Weights of one layer as they stand in flash. */
export interface CodedWeights {
  /** The coded weights, channel by channel, without the table. */
  readonly bytes: Uint8Array;
  /** What the decoder looks up: levels as int8, for `entropy` and `gaps` each with its frequency. Empty for int8. */
  readonly table: Uint8Array;
  /** Width of an index (`packed`, `bitmap`, `hops`); precision of the levels' frequencies for `entropy` and `gaps`; 8 for int8. */
  readonly bits: number;
}

/** The same in one of the forms above. */
export interface EncodedWeights extends CodedWeights {
  /** How the bytes are to be read. */
  readonly form: Form;
}

/** Precisions of frequencies: with 8 bits a table entry takes two bytes, with 12 three. */
export const NARROW = 8;
/** The finer of the two: frequencies out of 2¹². */
export const WIDE = 12;

/** Bytes in flash, the table included. */
export const encodedBytes = ({ bytes, table }: CodedWeights): number => bytes.length + table.length;

const asBytes = (levels: ArrayLike<number>): Uint8Array => Uint8Array.from(levels, (k) => k & 255);

/**
 * The form `int8`: a byte for every weight and no table.
 * @param weights levels k, −128…127, channel by channel
 */
export const encodeInt8 = (weights: Int8Array): EncodedWeights => ({
  form: 'int8',
  bytes: asBytes(weights),
  table: new Uint8Array(),
  bits: 8,
});

/**
 * The form `packed`: an index of `indexWidth` bits for every weight, without padding between channels. The first index stands in
 * the lowest bits of the first byte.
 * @param weights channel by channel
 */
export function encodePacked(weights: Int8Array, { levels }: Histogram): EncodedWeights {
  const bits = indexWidth(levels.length);
  const index = new Map(levels.map((level, i) => [level, i]));
  const writer = new BitWriter(weights.length * bits);
  for (const k of weights) writer.put(index.get(k) ?? 0, bits);
  return { form: 'packed', bytes: writer.finish(), table: asBytes(levels), bits };
}

/**
 * The form `bitmap`: for each channel `fanIn` bits, lowest bit first, 1 where the level is not 0; then an index for each of those
 * levels. No padding between channels.
 * @param weights channel by channel, `fanIn` each
 */
export function encodeBitmap(
  weights: Int8Array,
  { levels, counts, total }: Histogram,
  fanIn: number,
): EncodedWeights {
  const kept = levels.filter((level) => level !== 0);
  const zeros = counts[levels.indexOf(0)] ?? 0;
  const bits = indexWidth(Math.max(1, kept.length));
  const index = new Map(kept.map((level, i) => [level, i]));
  const writer = new BitWriter(total + (total - zeros) * bits);
  for (let start = 0; start < weights.length; start += fanIn) {
    const channel = weights.subarray(start, start + fanIn);
    for (const k of channel) writer.put(k === 0 ? 0 : 1, 1);
    for (const k of channel) if (k !== 0) writer.put(index.get(k) ?? 0, bits);
  }
  // C has no empty tables: one that nothing looks into takes a byte all the same.
  return { form: 'bitmap', bytes: writer.finish(), table: asBytes(kept.length === 0 ? [0] : kept), bits };
}

/** One entry a level: the level, then its slots, little-endian in one byte (narrow) or two (wide). */
function frequencyTable(frequencies: readonly Frequency[], precision: number): Uint8Array {
  return Uint8Array.from(
    frequencies.flatMap(({ level, slots }) =>
      precision === NARROW ? [level & 255, slots] : [level & 255, slots & 255, slots >> 8],
    ),
  );
}

function frequenciesFrom({ table, bits }: CodedWeights): readonly Frequency[] {
  const width = bits === NARROW ? 2 : 3;
  return Array.from({ length: table.length / width }, (_, i) => ({
    level: ((table[width * i] as number) << 24) >> 24,
    slots: (table[width * i + 1] as number) + (width === 3 ? (table[width * i + 2] as number) << 8 : 0),
  }));
}

/** Frequencies whose table can be written: one level alone would need 2⁸ slots, which a byte does not hold. */
const usableFrequencies = (histogram: Histogram, precision: number): readonly Frequency[] | undefined => {
  const frequencies = frequenciesOf(histogram, precision);
  return precision === NARROW && frequencies?.length === 1 ? undefined : frequencies;
};

/** Undefined where the precision does not do for these levels. @param weights channel by channel */
export function encodeWithFrequencies(
  weights: Int8Array,
  histogram: Histogram,
  precision: number,
): EncodedWeights | undefined {
  const frequencies = usableFrequencies(histogram, precision);
  return (
    frequencies && {
      form: 'entropy',
      bytes: encodeEntropy(weights, frequencies, precision),
      table: frequencyTable(frequencies, precision),
      bits: precision,
    }
  );
}

/** The form `gaps`; undefined where fewer than two levels survive. @param weights channel by channel */
export function encodeGaps(weights: Int8Array): EncodedWeights | undefined {
  const coded = codeGaps(weights);
  return coded && { form: 'gaps', ...coded, bits: LEVEL_BITS };
}

/** The form `hops`; undefined where no weight survives or levels are too many. @param weights channel by channel */
export function encodeHops(weights: Int8Array): EncodedWeights | undefined {
  const coded = codeHops(weights);
  return coded && { form: 'hops', ...coded };
}

/** A form that may be chosen by counting alone: not `gaps` and `hops`, whose bytes follow from where zeros stand. */
export type CountedForm = Exclude<Form, 'gaps' | 'hops'>;

/** A form that may be chosen, and the bytes it takes, table included. */
export interface FormSize {
  /** What it would be stored as. */
  readonly form: CountedForm;
  /** As in `EncodedWeights`. */
  readonly bits: number;
  /** Exact, but for `entropy`, which may take up to two bytes more or less. */
  readonly bytes: number;
}

/** Bytes of every form by counting alone. */
export function formSizes(histogram: Histogram): readonly FormSize[] {
  const { levels, counts, total } = histogram;
  const zeros = counts[levels.indexOf(0)] ?? 0;
  const packed = indexWidth(levels.length);
  const bitmap = indexWidth(Math.max(1, levels.length - 1));
  const entropy = [NARROW, WIDE].flatMap((precision): FormSize[] => {
    const frequencies = usableFrequencies(histogram, precision);
    if (frequencies === undefined) return [];
    const words = Math.ceil(codedBits(histogram, frequencies, precision) / 16);
    const table = frequencies.length * (precision === NARROW ? 2 : 3);
    return [{ form: 'entropy', bits: precision, bytes: 4 + 2 * words + table }];
  });
  return [
    { form: 'int8', bits: 8, bytes: total },
    { form: 'packed', bits: packed, bytes: Math.ceil((total * packed) / 8) + levels.length },
    {
      form: 'bitmap',
      bits: bitmap,
      bytes: Math.ceil((total + (total - zeros) * bitmap) / 8) + Math.max(1, levels.length - 1),
    },
    ...entropy,
  ];
}

/** The smallest form by counting; the simpler one where two are equal. */
export const smallestForm = (histogram: Histogram): FormSize =>
  formSizes(histogram).reduce((best, form) => (form.bytes < best.bytes ? form : best));

/** What gaps may take more than the levels themselves: one byte in so many, or a word of the coder and two bytes of the table. */
const GAPS_WORTH = { oneIn: 256, bytes: 4 } as const;

const mostBytes = (others: number): number => others + Math.max(GAPS_WORTH.bytes, others / GAPS_WORTH.oneIn);

/**
 * The weights of one layer in their smallest form, but for `hops`; as gaps instead of `entropy` where these take no more than a few bytes more.
 * @param weights levels, channel by channel, `fanIn` each
 */
export function encodeWeights(weights: Int8Array, fanIn: number): EncodedWeights {
  const histogram = histogramOf(weights);
  const { form, bits } = smallestForm(histogram);
  switch (form) {
    case 'int8':
      return encodeInt8(weights);
    case 'packed':
      return encodePacked(weights, histogram);
    case 'bitmap':
      return encodeBitmap(weights, histogram, fanIn);
    case 'entropy': {
      const entropy = encodeWithFrequencies(weights, histogram, bits) ?? encodeInt8(weights);
      const gaps = encodeGaps(weights);
      return gaps !== undefined && encodedBytes(gaps) <= mostBytes(encodedBytes(entropy)) ? gaps : entropy;
    }
  }
}

/** Reads any form back; written apart from the C decoders. */
export function decodeWeights(encoded: EncodedWeights, count: number, fanIn: number): Int8Array {
  const level = (index: number): number => ((encoded.table[index] ?? 0) << 24) >> 24;
  switch (encoded.form) {
    case 'int8':
      return Int8Array.from(encoded.bytes);
    case 'entropy':
      return decodeEntropy(encoded.bytes, frequenciesFrom(encoded), encoded.bits, count);
    case 'gaps':
      return decodeGaps(encoded, count);
    case 'hops':
      return decodeHops(encoded, count);
    case 'packed': {
      const reader = new BitReader(encoded.bytes);
      return Int8Array.from({ length: count }, () => level(reader.take(encoded.bits)));
    }
    case 'bitmap': {
      const reader = new BitReader(encoded.bytes);
      const out = new Int8Array(count);
      for (let start = 0; start < count; start += fanIn) {
        const kept = Array.from({ length: fanIn }, () => reader.take(1));
        kept.forEach((flag, i) => (out[start + i] = flag === 1 ? level(reader.take(encoded.bits)) : 0));
      }
      return out;
    }
  }
}
