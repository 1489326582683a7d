import {
  KERNELS_API,
  type Core,
  type Encoding,
  type StoredWeights,
  type SurvivorDecoder,
  type WeightCount,
} from '@opq/backend';
import {
  channelMajor,
  decodeWeights,
  encodeBitmap,
  encodedBytes,
  encodeGaps,
  encodeHops,
  encodeInt8,
  encodePacked,
  encodeWeights,
  encodeWithFrequencies,
  histogramOf,
  hopsPerSurvivor,
  NARROW,
  runsPerSurvivor,
  WIDE,
  type CodedWeights,
  type Form,
} from '@opq/encodings';
import { tensorOf, type CompressedModel, type WeightedLayer } from '@opq/ir';
import type { KernelFunction } from '@opq/kernels';
import { outputChannels } from '@opq/reference';
import { COEFFICIENTS } from './cost/coefficients';

const readBack =
  (form: Form): Encoding['decode'] =>
  (coded, count, fanIn) =>
    decodeWeights({ ...coded, form }, count, fanIn);

/** A byte for every weight, read without a decoder. */
const int8: Encoding = {
  api: KERNELS_API,
  name: 'int8',
  encode: encodeInt8,
  decode: readBack('int8'),
  decoder: () => undefined,
};

const indexed = (name: 'packed' | 'bitmap', by: KernelFunction, encode: Encoding['encode']): Encoding => ({
  api: KERNELS_API,
  name,
  encode,
  decode: readBack(name),
  decoder: () => ({
    function: by,
    instructions: (core, { weights }) => weights * COEFFICIENTS[core].decodePlain[name],
  }),
});

const entropy: Encoding = {
  api: KERNELS_API,
  name: 'entropy',
  encode(weights) {
    const histogram = histogramOf(weights);
    return [NARROW, WIDE]
      .flatMap((precision) => encodeWithFrequencies(weights, histogram, precision) ?? [])
      .reduce<CodedWeights | undefined>(smaller, undefined);
  },
  decode: readBack('entropy'),
  decoder: ({ bits }) => ({
    function: bits === WIDE ? 'opq_decode_entropy_wide' : 'opq_decode_entropy',
    instructions: (core, { weights }) => weights * COEFFICIENTS[core].decodePlain.entropy,
  }),
  survivorDecoder({ bits, table }) {
    const wide = bits === WIDE;
    return {
      function: wide ? 'opq_survive_entropy_wide' : 'opq_survive_entropy',
      lookupWords: wide ? 256 + table.length / 3 : 256,
      instructions(core, { weights, survivors, channels }) {
        const { decode } = COEFFICIENTS[core];
        const [every, kept] = wide
          ? [decode.entropyWide, decode.survivorWide]
          : [decode.entropy, decode.survivor];
        return weights * every + survivors * kept + channels * decode.channel;
      },
    };
  },
};

const gaps: Encoding = {
  api: KERNELS_API,
  name: 'gaps',
  encode: encodeGaps,
  decode: readBack('gaps'),
  decoder: ({ table }) => ({
    function: 'opq_decode_gaps',
    instructions(core, { weights, survivors }) {
      const { zero, survivor, run } = COEFFICIENTS[core].decodeGaps;
      return (weights - survivors) * zero + survivors * (survivor + runsPerSurvivor(table) * run);
    },
  }),
  survivorDecoder: ({ table }) => ({
    function: 'opq_survive_gaps',
    lookupWords: 192,
    instructions(core, { survivors, channels }) {
      const { survivor, run, channel, layer } = COEFFICIENTS[core].surviveGaps;
      return survivors * (survivor + runsPerSurvivor(table) * run) + channels * channel + layer;
    },
  }),
};

const hops: Encoding = {
  api: KERNELS_API,
  name: 'hops',
  encode: encodeHops,
  decode: readBack('hops'),
  decoder: ({ bytes }) => ({
    function: 'opq_decode_hops',
    instructions(core, { weights, survivors }) {
      const { zero, survivor } = COEFFICIENTS[core].decodeHops;
      const on = hopsPerSurvivor(bytes, survivors);
      return (weights - survivors) * zero + survivors * survivor * (1 + on);
    },
  }),
  survivorDecoder: ({ bytes }) => ({
    function: 'opq_survive_hops',
    lookupWords: 0,
    instructions(core, { survivors, channels }) {
      const { survivor, on, channel, layer } = COEFFICIENTS[core].surviveHops;
      return layer + survivors * (survivor + hopsPerSurvivor(bytes, survivors) * on) + channels * channel;
    },
  }),
};

/** The forms of @opq/encodings with what reads them on a device. */
const OWN: Readonly<Record<Form, Encoding>> = {
  int8,
  packed: indexed('packed', 'opq_decode_packed', (weights) => encodePacked(weights, histogramOf(weights))),
  bitmap: indexed('bitmap', 'opq_decode_bitmap', (weights, fanIn) =>
    encodeBitmap(weights, histogramOf(weights), fanIn),
  ),
  entropy,
  gaps,
  hops,
};

/** All of them. */
export const OWN_ENCODINGS: readonly Encoding[] = Object.values(OWN);

function smaller(a: CodedWeights | undefined, b: CodedWeights): CodedWeights {
  return a === undefined || encodedBytes(b) < encodedBytes(a) ? b : a;
}

/** Weights of a layer, output channel by output channel. @param channels output channels */
export function weightsOf(model: CompressedModel, layer: WeightedLayer, channels: number): Int8Array {
  const { data } = tensorOf(model.model, layer.weights);
  return channelMajor(
    data instanceof Int8Array ? data : new Int8Array(),
    channels,
    layer.kind === 'depthwiseConv2d',
  );
}

/** What a decoder of a layer goes through. */
export function weightCount(model: CompressedModel, layer: WeightedLayer): WeightCount {
  const { data } = tensorOf(model.model, layer.weights);
  const weights = data instanceof Int8Array ? data : new Int8Array();
  const survivors = weights.reduce((n, k) => (k === 0 ? n : n + 1), 0);
  return { weights: weights.length, survivors, channels: outputChannels(model.model, layer) };
}

/** Which encodings there are besides opq's own, and one that is wanted wherever it does. */
export interface EncodingChoice {
  /** Without opq's own. */
  readonly encodings?: readonly Encoding[] | undefined;
  /** The name of one, of opq's or of `encodings`. */
  readonly encoding?: string | undefined;
}

/**
 * The weights of a layer in the smallest encoding; the levels themselves where the layer has no codebook.
 * @param channels output channels
 */
export function storeWeights(
  model: CompressedModel,
  layer: WeightedLayer,
  channels: number,
  { encodings = [], encoding: wanted }: EncodingChoice = {},
): StoredWeights {
  const weights = weightsOf(model, layer, channels);
  const fanIn = weights.length / channels;
  const forced = [...OWN_ENCODINGS, ...encodings].find(({ name }) => name === wanted);
  const asked = forced?.encode(weights, fanIn);
  if (forced !== undefined && asked !== undefined) return { encoding: forced, coded: asked };
  if (!model.codebooks.some(({ tensor }) => tensor === layer.weights))
    return { encoding: int8, coded: encodeInt8(weights) };
  const { form, ...coded } = encodeWeights(weights, fanIn);
  const others = encodings.flatMap((encoding): readonly StoredWeights[] => {
    const found = encoding.encode(weights, fanIn);
    return found === undefined ? [] : [{ encoding, coded: found }];
  });
  return others.reduce<StoredWeights>(
    (best, other) => (encodedBytes(other.coded) < encodedBytes(best.coded) ? other : best),
    { encoding: OWN[form], coded },
  );
}

/** The weights of a layer in every encoding that takes them; in the wanted one alone where it does. */
export function everyStorage(
  model: CompressedModel,
  layer: WeightedLayer,
  channels: number,
  { encodings = [], encoding: wanted }: EncodingChoice = {},
): readonly StoredWeights[] {
  const weights = weightsOf(model, layer, channels);
  const all = [...OWN_ENCODINGS, ...encodings].flatMap((encoding): readonly StoredWeights[] => {
    const coded = encoding.encode(weights, weights.length / channels);
    return coded === undefined ? [] : [{ encoding, coded }];
  });
  const asked = all.filter(({ encoding }) => encoding.name === wanted);
  return asked.length > 0 ? asked : all;
}

/** Instructions for one weight of a list that is made from decoded weights. */
const LISTED = 8;

/** What reads stored weights straight to survivors: the encoding's own function, or one that lists what its decoder gives. */
export function survivorDecoderOf({ encoding, coded }: StoredWeights, fanIn: number): SurvivorDecoder {
  const own = encoding.survivorDecoder?.(coded, fanIn);
  if (own !== undefined) return own;
  const decoder = encoding.decoder(coded);
  const isOwn = OWN_ENCODINGS.includes(encoding);
  return {
    function: 'opq_survive_any',
    lookupWords: Math.ceil(fanIn / 4),
    instructions(core: Core, count: WeightCount) {
      const { any, survivor, channel } = COEFFICIENTS[core].decode;
      const listed = isOwn
        ? count.weights * any
        : count.weights * LISTED + (decoder?.instructions(core, count) ?? 0);
      return listed + count.survivors * survivor + count.channels * channel;
    },
  };
}

/** What reports call stored weights: the encoding, and the width of an index or the precision of frequencies. */
export const encodingLabel = ({ encoding, coded }: StoredWeights): string =>
  encoding === int8 ? 'int8' : `${encoding.name}-${coded.bits}`;
