import { includesOf, kernelFiles } from '@opq/kernels';
import { symbolOf, type Artifact, type CFunction, type Encoding } from '../src';
import type { CodedWeights } from '@opq/encodings';

/** Weights with what an encoding made of them. */
export interface Stream {
  readonly weights: Int8Array;
  /** Weights of one channel. */
  readonly fanIn: number;
  readonly coded: CodedWeights;
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

/**
 * A C program that decodes every stream, by the decoder and by the decoder of survivors where an encoding has its own, and prints the
 * first that differs from the weights; prints `equal` where none does.
 */
export function decodingProgram(encoding: Encoding, streams: readonly Stream[]): readonly Artifact[] {
  const functions = new Set<CFunction>();
  const tables = streams.map(({ weights, coded }, i) => `
static const int8_t levels_${i}[] = ${list(weights)};
static const uint8_t data_${i}[] = ${list(coded.bytes)};
static const uint8_t table_${i}[] = ${list(coded.table)};`);
  const rows = streams.map(({ weights, fanIn, coded }, i) => {
    const decode = encoding.decoder(coded)?.function;
    const survivors = encoding.survivorDecoder?.(coded, fanIn);
    for (const used of [decode, survivors?.function]) if (used !== undefined) functions.add(used);
    return `  {{data_${i}, table_${i}, ${decode ? symbolOf(decode) : '0'}, ${coded.bits}}, levels_${i}, ${survivors ? symbolOf(survivors.function) : '0'}, ${fanIn}u, ${weights.length / fanIn}u, ${survivors?.lookupWords ?? 0}u},`;
  });
  const most = Math.max(1, ...streams.map(({ fanIn, coded }) => encoding.survivorDecoder?.(coded, fanIn).lookupWords ?? 0));
  const files = filesOf([...functions]);
  const headers = [...files.keys()].filter((path) => path.endsWith('.h') && !path.startsWith('opq_'));
  const main = `#include <stdio.h>
#include <string.h>
#include "opq_kernels.h"
${headers.map((path) => `#include "${path}"`).join('\n')}
${tables.join('\n')}
static const struct { opq_weights weights; const int8_t *levels; opq_survive *survive; uint32_t fan_in, channels, lookup_words; } streams[] = {
${rows.join('\n')}
};
static int decoded(uint32_t s) {
  static int8_t out[64];
  opq_decoder decoder = {0, 0};
  for (uint32_t c = 0; c < streams[s].channels; c++) {
    const int8_t *levels = streams[s].levels + c * streams[s].fan_in;
    memset(out, 77, sizeof out);
    streams[s].weights.decode(&streams[s].weights, &decoder, streams[s].fan_in, out);
    if (memcmp(out, levels, streams[s].fan_in) != 0 || out[streams[s].fan_in] != 77) {
      return 0;
    }
  }
  return 1;
}
static int survived(uint32_t s) {
  static uint32_t lookup[${most + 1}];
  static uint16_t offsets[64];
  static opq_survivor survivors[65];
  opq_decoder decoder = {0, 0};
  const int8_t *level = streams[s].levels;
  const uint32_t words = streams[s].lookup_words;
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
int main(void) {
  for (uint32_t s = 0; s < sizeof streams / sizeof streams[0]; s++) {
    if (streams[s].weights.decode && !decoded(s)) {
      printf("the decoder gives other weights for weights %u\\n", (unsigned)s);
      return 0;
    }
    if (streams[s].survive && !survived(s)) {
      printf("the decoder of survivors gives another list for weights %u\\n", (unsigned)s);
      return 0;
    }
  }
  puts("equal");
  return 0;
}
`;
  const text = (path: string, content: string): Artifact => ({ path, bytes: new TextEncoder().encode(content) });
  return [...[...files].map(([path, content]) => text(path, content)), text('main.c', main)];
} // prettier-ignore
