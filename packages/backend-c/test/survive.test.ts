import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { symbolOf } from '@opq/backend';
import {
  encodeBitmap,
  encodeGaps,
  encodeInt8,
  encodePacked,
  encodeWithFrequencies,
  histogramOf,
  NARROW,
  WIDE,
  type EncodedWeights,
} from '@opq/encodings';
import { random } from '@opq/ir/testing';
import { describeWithTools } from '../../../tools/testing';
import { CORES, runOnCore, runOnHost, toolsOf, type Core } from '../../kernels/test/harness';
import { OWN_ENCODINGS, survivorDecoderOf } from '../src/encodings';

const STREAMS = 90;

interface Stream {
  readonly weights: Int8Array;
  readonly fanIn: number;
  readonly encoded: EncodedWeights;
}

/** Levels of every density, few and many, in every form. */
function streams(): readonly Stream[] {
  return Array.from({ length: STREAMS }, (_, seed): Stream => {
    const r = random(seed + 1);
    const fanIn = r.integer(1, 50);
    const most = r.pick([1, 3, 7, 40, 127]);
    const sparsity = r.pick([0, 0.3, 0.6, 0.9, 1]);
    const weights = Int8Array.from({ length: fanIn * r.integer(1, 6) }, () => (r.chance(sparsity) ? 0 : r.integer(-most, most)));
    const histogram = histogramOf(weights);
    const forms = [
      encodeWithFrequencies(weights, histogram, NARROW),
      encodeWithFrequencies(weights, histogram, WIDE),
      encodeGaps(weights),
      encodePacked(weights, histogram),
      encodeBitmap(weights, histogram, fanIn),
      encodeInt8(weights),
    ].filter((form) => form !== undefined);
    return { weights, fanIn, encoded: forms[seed % forms.length]! };
  });
} // prettier-ignore

const list = (values: ArrayLike<number>): string => `{${Array.from(values).join(', ')}}`;

/** A C file whose `fuzz` decodes each stream to survivors and compares them with the levels. */
function program(all: readonly Stream[]): string {
  const tables = all.map(({ weights, encoded }, i) => `
static const int8_t levels_${i}[] = ${list(weights)};
static const uint8_t data_${i}[] = ${list(encoded.bytes)};
static const uint8_t table_${i}[] = ${list(encoded.table.length === 0 ? [0] : encoded.table)};`);
  const rows = all.map(({ weights, fanIn, encoded }, i) => {
    const encoding = OWN_ENCODINGS.find(({ name }) => name === encoded.form)!;
    const { function: of, lookupWords } = survivorDecoderOf({ encoding, coded: encoded }, fanIn);
    const survive = symbolOf(of);
    const decoder = encoding.decoder(encoded);
    const decode = survive === 'opq_survive_any' && decoder ? symbolOf(decoder.function) : '0';
    return `  {{data_${i}, table_${i}, ${decode}, ${encoded.bits}}, levels_${i}, ${survive}, ${fanIn}, ${weights.length / fanIn}, ${lookupWords}},`;
  });
  return `#include "fuzz.h"
#include "opq_kernels.h"
${tables.join('\n')}
static const struct { opq_weights weights; const int8_t *levels; opq_survive *survive; uint32_t fan_in, channels, lookup_words; } streams[] = {
${rows.join('\n')}
};
int32_t fuzz(uint32_t first, uint32_t count) {
  static uint32_t lookup[600];
  static uint16_t offsets[64];
  static opq_survivor survivors[64];
  for (uint32_t i = 0; i < 64u; i++) {
    offsets[i] = (uint16_t)(4u * i + 8u);
  }
  for (uint32_t s = first; s < first + count; s++) {
    opq_decoder decoder = {0, 0, 0};
    const int8_t *level = streams[s].levels;
    const uint32_t words = streams[s].lookup_words;
    lookup[words] = 77u;
    for (uint32_t c = 0; c < streams[s].channels; c++) {
      opq_survivor *end = survivors;
      int32_t sum = streams[s].survive(&streams[s].weights, &decoder, streams[s].fan_in, offsets, lookup, &end);
      const opq_survivor *next = survivors;
      for (uint32_t i = 0; i < streams[s].fan_in; i++, level++) {
        sum -= *level;
        if (*level && (next->level != *level || (next++)->offset != offsets[i])) {
          test_text("survivor differs in stream ");
          test_number(s);
          return 0;
        }
      }
      if (next != end || sum != 0 || lookup[words] != 77u) {
        test_text("count, sum or lookup differs in stream ");
        test_number(s);
        return 0;
      }
    }
  }
  test_text("equal ");
  test_number(count);
  return 1;
}
`;
} // prettier-ignore

describe('streams as survivors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'opq-survive-'));
  const file = join(folder, 'streams.c');
  beforeAll(() => writeFileSync(file, program(streams())));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describeWithTools('gcc')('on the host, with sanitisers', () => {
    test('are those of the oracle', () => {
      expect(runOnHost(file, 0, STREAMS)).toBe(`equal ${STREAMS}\n`);
    }, 120_000);
  });

  for (const core of Object.keys(CORES) as readonly Core[])
    describeWithTools(...toolsOf(core))(`on ${core}`, () => {
      test('are those of the oracle', () => {
        expect(runOnCore(core, file, 0, STREAMS)).toBe(`equal ${STREAMS}\n`);
      }, 120_000);
    });
});
