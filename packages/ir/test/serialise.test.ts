import fc from 'fast-check';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { OpqError } from '@opq/errors';
import { canonicalJson, crc32, readCompressedModel, writeCompressedModel } from '../src';
import { smallCompressed } from './samples';

test('reads back what it wrote, byte for byte', () => {
  const compressed = smallCompressed();
  const bytes = writeCompressedModel(compressed);
  expect(readCompressedModel(bytes, 'a.opq')).toEqual(compressed);
  // A Buffer from fs shares its pool with other files.
  const pool = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]).subarray(3, 3 + bytes.length);
  const again = readCompressedModel(pool, 'a.opq');
  expect(again).toEqual(compressed);
  expect(writeCompressedModel(again)).toEqual(bytes);
});

test('the order in which members were set does not matter', () => {
  expect(canonicalJson({ b: 1, a: [{ d: undefined, c: 'x' }] })).toBe('{"a":[{"c":"x"}],"b":1}');
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(RangeError);
});

test('crc32 is the common one and can be continued', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      const whole = Uint8Array.from([...a, ...b]);
      expect(crc32(b, crc32(a))).toBe(crc32(whole));
      if (typeof zlibCrc32 === 'function') expect(crc32(whole)).toBe(zlibCrc32(whole));
    }),
  );
});

test.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
  [
    'another file',
    () => new TextEncoder().encode('PK\u0003\u0004 something else'),
    'a.opq is not a compressed model of opq (its first bytes are not "OPQM").',
  ],
  [
    'an empty file',
    () => new Uint8Array(),
    'a.opq is not a compressed model of opq (its first bytes are not "OPQM").',
  ],
  [
    'a newer version',
    (b) => Uint8Array.from(b, (v, i) => (i === 4 ? 9 : v)),
    'a.opq has format version 9; this opq reads version 1.',
  ],
  [
    'a cut in the description',
    (b) => b.subarray(0, 100),
    'a.opq is damaged: it ends inside its description.',
  ],
  [
    'a cut in the constants',
    (b) => b.subarray(0, b.length - 16),
    /^a\.opq is damaged: it holds \d+ bytes of constants instead of \d+\.$/ as never,
  ],
  [
    'a flipped bit',
    (b) => Uint8Array.from(b, (v, i) => (i === b.length - 12 ? v ^ 1 : v)),
    'a.opq is damaged: the checksum of its constants is wrong.',
  ],
])('%s is refused', (_, change, message) => {
  expect(() => readCompressedModel(change(writeCompressedModel(smallCompressed())), 'a.opq')).toThrow(
    message,
  );
});

test('whatever bytes are changed, the answer is a sound model or a coded error', () => {
  const bytes = writeCompressedModel(smallCompressed());
  const edit = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), fc.nat(bytes.length), (edits, cut) => {
      const hostile = bytes.slice(0, cut % 7 === 0 ? cut : bytes.length);
      for (const [at, value] of edits) hostile[at % Math.max(1, hostile.length)] = value;
      try {
        readCompressedModel(hostile, 'h.opq');
      } catch (error) {
        if (!(error instanceof OpqError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});
