import { random } from '@opq/ir/testing';
import { includesOf, kernelFiles } from '@opq/kernels';
import { symbolOf, type Artifact, type CFunction, type Encoding, type SurvivorDecoder } from '../src';
import type { CodedWeights } from '@opq/encodings';

/** Weights with what an encoding made of them. */
export interface Stream {
  /** What encoded them. */
  readonly encoding: Encoding;
  /** Levels, channel by channel. */
  readonly weights: Int8Array;
  /** Weights of one channel. */
  readonly fanIn: number;
  /** What came of it. */
  readonly coded: CodedWeights;
}

/** Weights of one generated channel at most: decodingCode() has place for a few more. */
const LONGEST = 60;

/** Weights of every density, few levels and many, one channel and several. */
export function generatedWeights(seed: number): { readonly weights: Int8Array; readonly fanIn: number } {
  const r = random(seed + 1);
  const fanIn = r.integer(1, LONGEST);
  const most = r.pick([1, 3, 7, 40, 127]);
  const sparsity = r.pick([0, 0.3, 0.6, 0.9, 1]);
  const weights = Int8Array.from({ length: fanIn * r.integer(1, 6) }, () =>
    r.chance(sparsity) ? 0 : r.integer(-most, most),
  );
  return { weights, fanIn };
}

const list = (values: ArrayLike<number>): string =>
  `{${values.length === 0 ? '0' : Array.from(values).join(', ')}}`;

/** The files that functions need, in one folder. */
function filesOf(functions: readonly CFunction[]): ReadonlyMap<string, string> {
  const brought = functions.flatMap((of) => (typeof of === 'string' ? [] : of.files));
  const own = functions.filter((of) => typeof of === 'string');
  const kernels = kernelFiles(own, brought.flatMap(({ text }) => includesOf(text)));
  return new Map([
    ...kernels.map(({ path, bytes }) => [path.replace('kernels/', ''), new TextDecoder().decode(bytes)] as const),
    ...brought.map(({ path, text }) => [path, text] as const),
  ]);
} // prettier-ignore

/** C that decodes streams, and the functions it calls. */
export interface DecodingCode {
  /** An array `streams`, and `decoded(s)` and `survived(s)`: whether stream number s gives its weights; 1 where it has no such decoder. */
  readonly text: string;
  /** What the text calls; their files have to be compiled with it. */
  readonly functions: readonly CFunction[];
}

/**
 * C that decodes every stream, by the decoder and by the decoder of survivors where an encoding has its own, into buffers with nothing
 * written behind. Channels have up to 60 weights.
 * @param survivorsOf the decoder of survivors of a stream; that of its encoding unless given
 */
export function decodingCode(
  streams: readonly Stream[],
  survivorsOf = ({ encoding, coded, fanIn }: Stream): SurvivorDecoder | undefined =>
    encoding.survivorDecoder?.(coded, fanIn),
): DecodingCode {
  const functions = new Set<CFunction>();
  const tables = streams.map(
    ({ weights, coded }, i) => `
static const int8_t levels_${i}[] = ${list(weights)};
static const uint8_t data_${i}[] = ${list(coded.bytes)};
static const uint8_t table_${i}[] = ${list(coded.table)};`,
  );
  const rows = streams.map((stream, i) => {
    const { weights, fanIn, coded, encoding } = stream;
    const decode = encoding.decoder(coded)?.function;
    const survivors = survivorsOf(stream);
    for (const used of [decode, survivors?.function]) if (used !== undefined) functions.add(used);
    return `  {{data_${i}, table_${i}, ${decode ? symbolOf(decode) : '0'}, ${coded.bits}}, levels_${i}, ${survivors ? symbolOf(survivors.function) : '0'}, ${fanIn}u, ${weights.length / fanIn}u, ${survivors?.lookupWords ?? 0}u},`;
  });
  const most = Math.max(1, ...streams.map((stream) => survivorsOf(stream)?.lookupWords ?? 0));
  const text = `${tables.join('\n')}
static const struct { opq_weights weights; const int8_t *levels; opq_survive *survive; uint32_t fan_in, channels, lookup_words; } streams[] = {
${rows.join('\n')}
};
static int decoded(uint32_t s) {
  static int8_t out[64];
  if (!streams[s].weights.decode) {
    return 1;
  }
  opq_decoder decoder = {0, 0, 0};
  for (uint32_t c = 0; c < streams[s].channels; c++) {
    const int8_t *levels = streams[s].levels + c * streams[s].fan_in;
    out[streams[s].fan_in] = 77;
    streams[s].weights.decode(&streams[s].weights, &decoder, streams[s].fan_in, out);
    for (uint32_t i = 0; i < streams[s].fan_in; i++) {
      if (out[i] != levels[i] || out[streams[s].fan_in] != 77) {
        return 0;
      }
    }
  }
  return 1;
}
static int survived(uint32_t s) {
  static uint32_t lookup[${most + 1}];
  static uint16_t offsets[64];
  static opq_survivor survivors[65];
  opq_decoder decoder = {0, 0, 0};
  const int8_t *level = streams[s].levels;
  const uint32_t words = streams[s].lookup_words;
  if (!streams[s].survive) {
    return 1;
  }
  lookup[words] = 77u;
  for (uint32_t i = 0; i < 64u; i++) {
    offsets[i] = (uint16_t)(4u * i + 8u);
  }
  for (uint32_t c = 0; c < streams[s].channels; c++) {
    opq_survivor *end = survivors;
    int32_t sum = streams[s].survive(&streams[s].weights, &decoder, streams[s].fan_in, offsets, lookup, &end);
    const opq_survivor *next = survivors;
    for (uint32_t i = 0; i < streams[s].fan_in; i++, level++) {
      sum -= *level;
      if (*level && (next == end || next->level != *level || (next++)->offset != offsets[i])) {
        return 0;
      }
    }
    if (next != end || sum != 0 || lookup[words] != 77u) {
      return 0;
    }
  }
  return 1;
}
`;
  return { text, functions: [...functions] };
}

/** A program that prints `equal`, or which stream is the first that its C gives otherwise. */
export function decodingProgram(streams: readonly Stream[]): readonly Artifact[] {
  const { text, functions } = decodingCode(streams);
  const files = filesOf(functions);
  const headers = [...files.keys()].filter((path) => path.endsWith('.h') && !path.startsWith('opq_'));
  const main = `#include <stdio.h>
#include "opq_kernels.h"
${headers.map((path) => `#include "${path}"`).join('\n')}
${text}
int main(void) {
  for (uint32_t s = 0; s < sizeof streams / sizeof streams[0]; s++) {
    if (!decoded(s)) {
      printf("the decoder gives other weights for weights %u\\n", (unsigned)s);
      return 0;
    }
    if (!survived(s)) {
      printf("the decoder of survivors gives another list for weights %u\\n", (unsigned)s);
      return 0;
    }
  }
  puts("equal");
  return 0;
}
`;
  const file = (path: string, content: string): Artifact => ({ path, bytes: new TextEncoder().encode(content) });
  return [...[...files].map(([path, content]) => file(path, content)), file('main.c', main)];
} // prettier-ignore
