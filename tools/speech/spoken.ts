import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WaveFile } from 'wavefile';
import { random, type Random } from '@opq/ir/testing';
import { cepstraOfSound, quantised, RATE } from './cepstra';
import { output } from './programs';
import { echoed, microphone, resampled, second, trimmed } from './rooms';

/** The ten words of the benchmark, and others of the same data set, which all are "unknown". */
const KEYWORDS = ['down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', 'up', 'yes'];
const OTHERS = [
  'bed', 'bird', 'cat', 'dog', 'eight', 'five', 'four', 'happy', 'house', 'marvin', 'nine', 'one', 'seven', 'sheila', 'six',
  'three', 'tree', 'two', 'wow', 'zero', 'backward', 'forward', 'follow', 'learn', 'visual',
]; // prettier-ignore
const ACCENTS = [
  'en-us', 'en-us', 'en-us', 'en-gb', 'en-gb-x-rp', 'en-gb-scotland', 'en-gb-x-gbclan', 'en-gb-x-gbcwmd', 'en-029', 'en-us-nyc',
]; // prettier-ignore
const VOICES = ['kal16', 'awb', 'rms', 'slt'];

/** How often words are spoken, and how many samples are made of each time. */
export interface SpokenCount {
  readonly keyword: number;
  readonly other: number;
  readonly copies: number;
}

/** Speakers of espeak-ng: shapes of a voice that any accent may have. */
function speakers(): readonly string[] {
  const version = output('espeak-ng', ['--version'], 'espeak-ng').toString();
  const folder = /Data at: (.+)$/m.exec(version)?.[1] ?? '';
  return readdirSync(join(folder, 'voices/!v')).sort();
}

/** Says one word by a speaker drawn at random. @returns with its samples a second */
function say(word: string, folder: string, variants: readonly string[], r: Random): { readonly sound: Float32Array; readonly rate: number } {
  const file = join(folder, 'word.wav');
  if (r.chance(0.72)) {
    const voice = `${r.pick(ACCENTS)}+${r.pick(variants)}`;
    const [pitch, speed] = [r.integer(20, 79), r.integer(110, 219)];
    output('espeak-ng', ['-v', voice, '-p', String(pitch), '-s', String(speed), '-w', file, word], 'espeak-ng');
  } else {
    const voice = r.pick(VOICES);
    const stretch = (0.7 + 0.7 * r.next()).toFixed(2);
    const pitch = r.integer(80, 239);
    output('flite', ['-voice', voice, '--setf', `duration_stretch=${stretch}`, '--setf', `int_f0_target_mean=${pitch}`, '-t', word, '-o', file], 'flite');
  }
  const wave = new WaveFile(readFileSync(file));
  const samples = wave.getSamples(true, Int16Array);
  return { sound: Float32Array.from(samples as unknown as Int16Array, (value) => value / 32_768), rate: (wave.fmt as { readonly sampleRate: number }).sampleRate };
} // prettier-ignore

/** Shortest sound that is taken for a word, in samples. */
const SHORTEST = 1000;
/** Seconds of noise alone, for each spoken sample of a keyword. */
const NOISES = 0.3;

/**
 * Synthetic speech in noise, in rooms and through microphones of all kinds, and noise alone.
 * @param part of `parts`, each with random numbers of its own
 */
export function spokenSamples(
  { keyword, other, copies }: SpokenCount,
  seed: number,
  [part, parts]: readonly [number, number],
  progress: (done: number, of: number) => void,
): readonly Int8Array[] {
  const r = random(seed * 7919 + part * 104_729 + 12_345);
  const variants = speakers();
  const words = [...KEYWORDS.map((word) => ({ word, times: keyword })), ...OTHERS.map((word) => ({ word, times: other }))];
  const jobs = words.flatMap(({ word, times }) =>
    Array.from({ length: times }, (_, i) => i).filter((i) => i % parts === part).map(() => word),
  );
  const folder = mkdtempSync(join(tmpdir(), 'opq-speech-'));
  try {
    const samples = jobs.flatMap((word, i) => {
      progress(i, jobs.length);
      const { sound, rate } = say(word, folder, variants, r);
      if (sound.length < SHORTEST) return [];
      const base = trimmed(sound);
      return Array.from({ length: copies }, () => {
        const warp = 0.85 + 0.35 * r.next();
        const heard = microphone(resampled(base, (RATE / rate) * warp), r);
        return quantised(cepstraOfSound(second(r.chance(0.6) ? echoed(heard, r) : heard, r)));
      });
    });
    const noises = Array.from({ length: Math.ceil((keyword * copies * NOISES) / parts) }, () =>
      quantised(cepstraOfSound(microphone(second(new Float32Array(), r), r))),
    );
    return [...samples, ...noises];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} // prettier-ignore
