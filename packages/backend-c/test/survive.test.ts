import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodingCode, generatedWeights, type Stream } from '@opq/backend/conformance';
import {
  encodeBitmap,
  encodeGaps,
  encodeHops,
  encodeInt8,
  encodePacked,
  encodeWithFrequencies,
  histogramOf,
  NARROW,
  WIDE,
} from '@opq/encodings';
import { describeWithTools } from '../../../tools/testing';
import { CORES, runOnCore, runOnHost, toolsOf, type Core } from '../../kernels/test/harness';
import { OWN_ENCODINGS, survivorDecoderOf } from '../src/encodings';

const STREAMS = 105;

/** Levels of every density, few and many, in every form. */
const streams = (): readonly Stream[] =>
  Array.from({ length: STREAMS }, (_, seed): Stream => {
    const { weights, fanIn } = generatedWeights(seed);
    const histogram = histogramOf(weights);
    const forms = [
      encodeWithFrequencies(weights, histogram, NARROW),
      encodeWithFrequencies(weights, histogram, WIDE),
      encodeGaps(weights),
      encodeHops(weights),
      encodePacked(weights, histogram),
      encodeBitmap(weights, histogram, fanIn),
      encodeInt8(weights),
    ].filter((form) => form !== undefined);
    const coded = forms[seed % forms.length]!;
    const encoding = OWN_ENCODINGS.find(({ name }) => name === coded.form)!;
    return { encoding, weights, fanIn, coded };
  });

/** A C file whose `fuzz` decodes each stream, to weights and to survivors, and compares both with the levels. */
const program = (all: readonly Stream[]): string => `#include "fuzz.h"
#include "opq_kernels.h"
${decodingCode(all, ({ encoding, coded, fanIn }) => survivorDecoderOf({ encoding, coded }, fanIn)).text}
int32_t fuzz(uint32_t first, uint32_t count) {
  for (uint32_t s = first; s < first + count; s++) {
    if (!decoded(s) || !survived(s)) {
      test_text("weights or survivors differ in stream ");
      test_number(s);
      return 0;
    }
  }
  test_text("equal ");
  test_number(count);
  return 1;
}
`;

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
