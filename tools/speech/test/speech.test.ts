import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { areInstalled, describeWithData, readData } from '../../testing';
import {
  bandsOf,
  BANDS,
  cepstraOf,
  cepstraOfSound,
  COEFFICIENTS,
  quantised,
  RATE,
  real,
  SAMPLE,
  WINDOWS,
} from '../cepstra';
import { random } from '@opq/ir/testing';
import { echoed, microphone, resampled, second, trimmed } from '../rooms';
import { spokenSamples } from '../spoken';
import { MILD, STRONG, variantsOf } from '../variants';

const tone = (hertz: number, seconds = 1): Float32Array =>
  Float32Array.from({ length: RATE * seconds }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / RATE));

test('the outline of bands has the coefficients that it was made from', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: SAMPLE, maxLength: SAMPLE }),
      (values) => {
        const again = cepstraOf(bandsOf(Float64Array.from(values)));
        values.forEach((value, i) => expect(again[i]).toBeCloseTo(value, 8));
      },
    ),
    { numRuns: 20 },
  );
});

test('a tone is loudest in the band of its frequency, and a higher one in a higher band', () => {
  const loudest = [200, 500, 1000, 2000, 3500].map((hertz) => {
    const bands = bandsOf(cepstraOfSound(tone(hertz)));
    const window = bands[Math.floor(WINDOWS / 2)]!;
    return window.indexOf(Math.max(...window));
  });
  expect(loudest).toEqual(loudest.toSorted((a, b) => a - b));
  expect(loudest[0]).toBeLessThan(BANDS / 4);
  expect(loudest.at(-1)).toBeGreaterThan(BANDS / 2);
});

test('silence is no number and becomes the least value; loudness alone changes nothing', () => {
  expect(quantised(cepstraOfSound(new Float32Array(RATE)))).toEqual(new Int8Array(SAMPLE).fill(-128));
  const loud = cepstraOfSound(tone(700));
  expect(quantised(cepstraOfSound(tone(700).map((v) => v / 8)))).toEqual(quantised(loud));
  const sample = Int8Array.from({ length: SAMPLE }, (_, i) => ((i * 37) % 256) - 128);
  expect(quantised(real(sample))).toEqual(sample);
});

test('resampled sound keeps its pitch in samples times the ratio, and its length', () => {
  const crossings = (sound: Float32Array): number =>
    sound.reduce((n, v, i) => n + (i > 0 && v > 0 !== sound[i - 1]! > 0 ? 1 : 0), 0);
  for (const ratio of [0.5, 0.8, 1.3]) {
    const made = resampled(tone(440), ratio);
    expect(made.length).toBe(Math.floor(RATE * ratio));
    expect(Math.abs(crossings(made) - crossings(tone(440)))).toBeLessThanOrEqual(4);
  }
});

test('a second of sound is a second, whatever it is made of; quiet ends are cut', () => {
  const padded = new Float32Array(4000);
  padded.set(tone(300, 0.1), 1000);
  const word = trimmed(padded);
  expect(word.length).toBeGreaterThan(1500);
  expect(word.length).toBeLessThanOrEqual(1600);
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 20_000 }), (seed, length) => {
      const r = random(seed);
      const made = second(echoed(microphone(tone(300, 2).slice(0, length), r), r), r);
      expect(made.length).toBe(RATE);
      expect(made.every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 10 },
  );
});

describeWithData()('variants of recorded samples', () => {
  test('are others, near them, and the same for the same seed', () => {
    const bytes = new Int8Array(readData('mlperf-tiny', 'kws01_i8_500x49x10.bin'));
    const samples = Array.from({ length: 10 }, (_, i) => bytes.slice(i * SAMPLE, (i + 1) * SAMPLE));
    const made = variantsOf(samples, STRONG, 3, 1);
    expect(made).toHaveLength(30);
    expect(made).toEqual(variantsOf(samples, STRONG, 3, 1));
    expect(made).not.toEqual(variantsOf(samples, STRONG, 3, 2));
    const distance = (a: Int8Array, b: Int8Array): number =>
      a.reduce((n, v, i) => n + Math.abs(v - b[i]!), 0) / SAMPLE;
    made.forEach((variant, i) => {
      expect(distance(variant, samples[i % 10]!)).toBeGreaterThan(0);
      expect(distance(variant, samples[i % 10]!)).toBeLessThan(40);
    });
    expect(samples[0]).toHaveLength(WINDOWS * COEFFICIENTS);
    const away = (all: readonly Int8Array[]): number =>
      all.reduce((n, variant, i) => n + distance(variant, samples[i % 10]!), 0);
    expect(away(variantsOf(samples, MILD, 3, 1))).toBeLessThan(0.7 * away(made));
  });
});

const synthesisers = areInstalled('espeak-ng') && spawnSync('flite', ['-lv']).status === 0;
(synthesisers ? describe : describe.skip)('spoken words', () => {
  test('are the same for the same seed, in two parts together as many as in one', () => {
    const count = { keyword: 2, other: 0, copies: 1 };
    const told: number[] = [];
    const made = spokenSamples(count, 3, [0, 2], (done) => told.push(done));
    expect(told).toHaveLength(10);
    expect(made.length).toBeGreaterThan(8);
    expect(made.every(({ length }) => length === SAMPLE)).toBe(true);
    expect(new Set(made.map(String)).size).toBe(made.length);
    expect(spokenSamples(count, 3, [0, 2], () => undefined)).toEqual(made);
    expect(spokenSamples(count, 3, [1, 2], () => undefined)).not.toEqual(made);
  }, 60_000);
});
