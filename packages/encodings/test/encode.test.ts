import fc from 'fast-check';
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
  entropyBits,
  formSizes,
  histogramOf,
  hopsPerSurvivor,
  NARROW,
  smallestForm,
  WIDE,
  type EncodedWeights,
  type Form,
} from '../src';
import { evenly } from '../../../tools/testing';

const layer = fc
  .record({
    levels: fc.uniqueArray(fc.integer({ min: -127, max: 127 }), { minLength: 1, maxLength: 255 }),
    fanIn: fc.integer({ min: 1, max: 40 }),
    channels: fc.integer({ min: 1, max: 12 }),
    sparsity: evenly(0, 1),
    seed: fc.nat(),
  })
  .map(({ levels, fanIn, channels, sparsity, seed }) => {
    let state = seed + 1;
    const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
    // A square makes low indices likelier, so that some levels are rare.
    const weights = Int8Array.from({ length: fanIn * channels }, () =>
      next() < sparsity ? 0 : levels[Math.floor(next() ** 2 * levels.length)]!,
    );
    return { weights, fanIn };
  });

function everyForm(weights: Int8Array, fanIn: number): readonly EncodedWeights[] {
  const histogram = histogramOf(weights);
  return [
    encodeInt8(weights),
    encodePacked(weights, histogram),
    encodeBitmap(weights, histogram, fanIn),
    encodeWithFrequencies(weights, histogram, NARROW),
    encodeWithFrequencies(weights, histogram, WIDE),
    encodeGaps(weights),
    encodeHops(weights),
  ].filter((encoded) => encoded !== undefined);
}

test('every form is read back as it was', () => {
  fc.assert(
    fc.property(layer, ({ weights, fanIn }) => {
      for (const encoded of everyForm(weights, fanIn))
        expect(decodeWeights(encoded, weights.length, fanIn)).toEqual(weights);
    }),
    { numRuns: 500 },
  );
});

test('counted sizes are the sizes made: exact, but for two bytes of the entropy coder', () => {
  fc.assert(
    fc.property(layer, ({ weights, fanIn }) => {
      const sizes = formSizes(histogramOf(weights));
      for (const encoded of everyForm(weights, fanIn)) {
        if (encoded.form === 'gaps' || encoded.form === 'hops') continue;
        const size = sizes.find(({ form, bits }) => form === encoded.form && bits === encoded.bits);
        const off = Math.abs(size!.bytes - encodedBytes(encoded));
        expect(off).toBeLessThanOrEqual(encoded.form === 'entropy' ? 2 : 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('the smallest form is taken, and each form is the smallest of some layer', () => {
  const forms = new Set<Form>();
  fc.assert(
    fc.property(layer, ({ weights, fanIn }) => {
      const encoded = encodeWeights(weights, fanIn);
      forms.add(encoded.form);
      for (const other of everyForm(weights, fanIn).filter(({ form }) => form !== 'hops'))
        if (encoded.form === 'gaps' || other.form !== 'gaps')
          expect(encodedBytes(encoded)).toBeLessThanOrEqual(
            encodedBytes(other) * (encoded.form === 'gaps' ? 1 + 1 / 256 : 1) + 4,
          );
      const { form } = smallestForm(histogramOf(weights));
      expect(encoded.form === 'gaps' ? 'entropy' : encoded.form).toBe(form);
    }),
    { numRuns: 1000 },
  );
  expect(forms).toEqual(new Set<Form>(['int8', 'packed', 'bitmap', 'entropy', 'gaps']));
});

test.each([
  [0.5, 7],
  [0.8, 3],
  [0.95, 2],
  [0.99, 1],
])('with %d zeros and levels to ±%d the entropy coder is within 2 %% of the entropy', (sparsity, most) => {
  let state = 5;
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
  const weights = Int8Array.from({ length: 100_000 }, () =>
    next() < sparsity ? 0 : (next() < 0.5 ? -1 : 1) * (1 + Math.floor(next() ** 2 * most)),
  );
  const histogram = histogramOf(weights);
  for (const encoded of [encodeWithFrequencies(weights, histogram, WIDE)!, encodeGaps(weights)!]) {
    const bits = 8 * encodedBytes(encoded);
    expect(bits).toBeGreaterThanOrEqual(entropyBits(histogram));
    expect(bits).toBeLessThan(1.02 * entropyBits(histogram) + 8 * 64);
  }
});

test('hops take a byte for each survivor, one for the end, and one for each stretch that a hop does not reach over', () => {
  fc.assert(
    fc.property(layer, ({ weights, fanIn }) => {
      const coded = encodeHops(weights);
      const survivors = weights.filter((level) => level !== 0).length;
      const levels = new Set(weights.filter((level) => level !== 0)).size;
      if (coded === undefined) {
        expect(survivors === 0 || levels + 1 > 64).toBe(true);
        return;
      }
      const longest = 2 ** (8 - coded.bits) - 1;
      expect(coded.bytes.length).toBeGreaterThan(survivors);
      expect(coded.bytes.length).toBeLessThanOrEqual(survivors + 1 + (weights.length + 1) / longest);
      expect(coded.bytes.every((byte) => byte >> coded.bits > 0)).toBe(true);
      const places = [...weights.keys()].filter((i) => weights[i] !== 0);
      const distances = [...places, weights.length].map((place, i) => place - (places[i - 1] ?? -1));
      const leading = distances.reduce((n, distance) => n + Math.ceil(distance / longest) - 1, 0);
      expect(coded.bytes.length).toBe(survivors + 1 + leading);
      expect(hopsPerSurvivor(coded.bytes, survivors)).toBe((coded.bytes.length - 1 - survivors) / survivors);
      expect(decodeWeights(coded, weights.length, fanIn)).toEqual(weights);
    }),
    { numRuns: 500 },
  );
});

test('a layer of one level costs a few bytes, whatever its size', () => {
  const encoded = encodeWeights(new Int8Array(100_000), 100);
  expect(encoded.form).toBe('entropy');
  expect(encodedBytes(encoded)).toBe(7);
  expect(decodeWeights(encoded, 100_000, 100)).toEqual(new Int8Array(100_000));
});

test('no form has an empty table but int8, so that what is counted is what C stores', () => {
  for (const count of [1, 8, 40])
    for (const encoded of everyForm(new Int8Array(count), count))
      expect(encoded.table.length > 0).toBe(encoded.form !== 'int8');
});

test('damaged streams end and give as many weights as asked', () => {
  fc.assert(
    fc.property(layer, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat(), (l, flips, cut) => {
      for (const encoded of everyForm(l.weights, l.fanIn)) {
        if (encoded.form === 'int8') continue;
        const bytes = encoded.bytes.slice(0, encoded.bytes.length - (cut % (encoded.bytes.length + 1)));
        for (const [at, value] of flips) bytes[at % Math.max(1, bytes.length)] = value;
        expect(decodeWeights({ ...encoded, bytes }, l.weights.length, l.fanIn)).toHaveLength(l.weights.length);
      }
    }),
    { numRuns: 300 },
  );
}); // prettier-ignore

test('depthwise weights are brought channel by channel', () => {
  // [KH·KW = 3, C = 2]
  expect(channelMajor(Int8Array.of(1, 2, 3, 4, 5, 6), 2, true)).toEqual(Int8Array.of(1, 3, 5, 2, 4, 6));
  expect(channelMajor(Int8Array.of(1, 2, 3, 4, 5, 6), 2, false)).toEqual(Int8Array.of(1, 2, 3, 4, 5, 6));
});
