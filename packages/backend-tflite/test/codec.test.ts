import { decodeTensor, readAncillary, type EncodedTensor } from '@opq/tflite';
import { random } from '@opq/ir/testing';
import { encodeHuffman } from '../src/encode/huffman';
import { encodeLut } from '../src/encode/lut';
import { encodePrune } from '../src/encode/prune';
import type { Encoding, Weights } from '../src/encode/encoding';

const TENSORS = Number(process.env['OPQ_ENCODED_TENSORS'] ?? 10_000);

/** Weights of every character: few or many values, skewed or even, one channel or several, along the first or last dimension. */
function generate(seed: number): Weights & { readonly shape: readonly number[] } {
  const r = random(seed);
  const channels = r.chance(0.5) ? 1 : r.integer(2, 9);
  const lastAxis = channels > 1 && r.chance(0.5);
  const each = r.integer(1, r.chance(0.1) ? 400 : 40);
  const levels = Array.from({ length: r.pick([1, 2, 3, 5, 9, 16, 17, 60, 200]) }, () => r.integer(-127, 127));
  const skew = r.real(0, 6);
  const values = Int8Array.from(
    { length: channels * each },
    () => levels[Math.floor(levels.length * r.real(0, 1) ** (1 + skew))] ?? 0,
  );
  return { values, channels, lastAxis, shape: lastAxis ? [1, each, channels] : [channels, each] };
}

const quantisation = ({ channels, lastAxis, shape }: ReturnType<typeof generate>) => ({
  scales: Array.from({ length: channels }, (_, i) => Math.fround(0.01 * (i + 1))),
  zeroPoints: Array.from({ length: channels }, () => 0),
  axis: lastAxis ? shape.length - 1 : 0,
});

const decoded = (weights: ReturnType<typeof generate>, stored: EncodedTensor) =>
  decodeTensor(stored, { shape: weights.shape, type: 'int8', quantisation: quantisation(weights) });

describe.each([
  ['lut', encodeLut],
  ['prune', encodePrune],
  ['huffman', (weights: Weights) => encodeHuffman(weights)],
] as const)('%s', (form, encode: (weights: Weights) => Encoding | undefined) => {
  test(`${TENSORS} generated tensors come back as they were`, () => {
    let differences = 0;
    let refused = 0;
    for (let seed = 0; seed < TENSORS; seed++) {
      const weights = generate(seed);
      const encoding = encode(weights);
      if (encoding === undefined) {
        refused++;
        continue;
      }
      const back = decoded(weights, encoding);
      if (typeof back === 'string' || !Buffer.from(back.buffer).equals(Buffer.from(weights.values.buffer)))
        differences++;
      expect(readAncillary(encoding.ancillary)).toMatchObject({ form });
    }
    expect(differences).toBe(0);
    expect(refused).toBeLessThan(form === 'lut' ? TENSORS / 5 : 1);
  }, 120_000);

  test('damaged tables and data give a sentence or other values, and nothing outside the buffers is read', () => {
    let sentences = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const weights = generate(seed % 500);
      const encoding = encode(weights);
      if (encoding === undefined) continue;
      const r = random(seed + 1);
      const damage = (bytes: Uint8Array): Uint8Array => {
        const copy = Uint8Array.from(bytes);
        for (let n = r.integer(0, 4); n > 0 && copy.length > 0; n--)
          copy[r.integer(0, copy.length - 1)] = r.integer(0, 255);
        return r.chance(0.3) ? copy.slice(0, r.integer(0, copy.length)) : copy;
      };
      const back = decoded(weights, {
        encoded: damage(encoding.encoded),
        ancillary: damage(encoding.ancillary),
      });
      if (typeof back === 'string') sentences++;
      else {
        expect(back).toHaveLength(weights.values.length);
        expect(back.every((v: number | bigint) => Number.isInteger(Number(v)))).toBe(true);
      }
    }
    expect(sentences).toBeGreaterThan(300);
  });
});

test('packed indices: the bytes of the published example', () => {
  const values = Int8Array.from([1, 3, 3, 2, 4, 5, 0, 2, 1, 3]);
  const { encoded, ancillary } = encodeLut({ values, channels: 1, lastAxis: false })!;
  expect(Buffer.from(encoded).toString('hex')).toBe('2da9422c');
  expect([...ancillary]).toEqual([0, 1, 0, 0, 1, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
});

test('a bitmap: most significant bit first, kept values behind the header', () => {
  const values = Int8Array.from([5, 0, 0, -3, 0, 0, 0, 0, 7, 0]);
  const { encoded, ancillary } = encodePrune({ values, channels: 1, lastAxis: false });
  expect(Buffer.from(encoded).toString('hex')).toBe('9080');
  expect([...ancillary]).toEqual([2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 253, 7]);
});

test('a prefix code: words, tables and the spare word', () => {
  // 256 times 0, 128 times 1, 64 times -1 and 2: words of 1, 2, 3 and 3 bits.
  const values = Int8Array.from(Array.from({ length: 64 }, () => [0, 1, 0, -1, 0, 2, 0, 1]).flat());
  const { encoded, ancillary } = encodeHuffman({ values, channels: 1, lastAxis: false })!;
  // 0 10 0 110 0 111 0 10, and so on: 0100 1100 1110 10|01 0011 0011 1010
  expect(Buffer.from(encoded.subarray(0, 7)).toString('hex')).toBe('4ce933a4ce933a');
  // 64 times 14 bits, a whole number of words, and one word more.
  expect(encoded.length).toBe((64 * 14) / 8 + 4);
  // One bit at a time: six entries, where one table of three bits would have eight.
  expect([...ancillary.subarray(0, 16)]).toEqual([1, 1, 0, 0, 1, (1 - 1) << 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const words = new Uint16Array(ancillary.slice(16).buffer);
  const found = (value: number, bits: number) => 0x8000 | (bits << 11) | (value & 0xff);
  const leads = (bits: number, offset: number) => ((bits - 1) << 11) | offset;
  expect([...words]).toEqual([found(0, 1), leads(1, 1), found(1, 1), leads(1, 1), found(-1, 1), found(2, 1)]);
});
