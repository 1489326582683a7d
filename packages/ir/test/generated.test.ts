import fc from 'fast-check';
import { OpqError } from '@opq/errors';
import { evenly } from '../../../tools/testing';
import { checkCompressedModel, readCompressedModel, writeCompressedModel } from '../src';
import { generateInput, generateModel } from '../testing';

const seeds = fc.nat(100_000);

test('generated networks are sound, and the same for the same seed', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const model = generateModel(seed);
      expect(checkCompressedModel(model)).toEqual([]);
      expect(writeCompressedModel(generateModel(seed))).toEqual(writeCompressedModel(model));
      expect(generateInput(model, seed)).toEqual(generateInput(model, seed));
    }),
  );
});

test('model.opq is read back byte for byte', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const bytes = writeCompressedModel(generateModel(seed));
      expect(Buffer.from(writeCompressedModel(readCompressedModel(bytes, 'x'))).equals(bytes)).toBe(true);
    }),
  );
});

/** One of the ways a file goes bad. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: evenly(0, 1) }),
  fc.record({
    kind: fc.constant('set' as const),
    edits: fc.array(fc.tuple(evenly(0, 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    }),
  }),
);

test('a damaged model.opq gives a coded error or a sound model, never anything else', () => {
  fc.assert(
    fc.property(seeds, damage, (seed, how) => {
      let bytes = Uint8Array.from(writeCompressedModel(generateModel(seed % 50)));
      if (how.kind === 'cut') bytes = bytes.slice(0, Math.floor(how.at * bytes.length));
      else for (const [at, value] of how.edits) bytes[Math.floor(at * (bytes.length - 1))] = value;
      try {
        expect(checkCompressedModel(readCompressedModel(bytes, 'x'))).toEqual([]);
      } catch (error) {
        if (!(error instanceof OpqError)) throw error;
      }
    }),
    { numRuns: 1500 },
  );
});
