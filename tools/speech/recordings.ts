import { random } from '@opq/ir/testing';
import { cepstraOfSound, quantised, RATE } from './cepstra';
import { output } from './programs';
import { echoed, microphone, resampled, second, trimmed } from './rooms';

/** Debian packages with recorded speech, and how their files end. */
const PACKAGES = [
  ...['en', 'es', 'fr', 'it', 'ru'].map((language) => ({ name: `asterisk-core-sounds-${language}-g722`, end: '.g722' })),
  { name: 'klettres-data', end: '.ogg' },
]; // prettier-ignore

const SHORTEST = RATE / 10;
/** Samples over which a stretch is faded in and out. */
const FADE = 400;

function recordingOf(file: string): Float32Array {
  const form = file.endsWith('.g722') ? ['-f', 'g722'] : [];
  const args = ['-v', 'error', ...form, '-i', file, '-f', 's16le', '-ac', '1', '-ar', String(RATE), '-'];
  const bytes = output('ffmpeg', args, 'ffmpeg');
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / 32_768);
}

/** Stretches of recorded speech in five languages and more, of any words. @param part of `parts` */
export function recordedSamples(
  copies: number,
  seed: number,
  [part, parts]: readonly [number, number],
  progress: (done: number, of: number) => void,
): readonly Int8Array[] {
  const r = random(seed * 977 + part * 131);
  const files = PACKAGES.flatMap(({ name, end }) =>
    output('dpkg', ['-L', name], 'dpkg').toString().split('\n').filter((file) => file.endsWith(end)).sort(),
  ).filter((_, i) => i % parts === part);
  return files.flatMap((file, i) => {
    progress(i, files.length);
    const recording = recordingOf(file);
    if (recording.length < SHORTEST) return [];
    const speech = trimmed(recording);
    return Array.from({ length: copies }, () => {
      const warp = 0.85 + 0.35 * r.next();
      const length = Math.floor((RATE * (0.3 + 0.6 * r.next())) / warp);
      const at = Math.floor(Math.max(0, speech.length - length) * r.next());
      const stretch = Float32Array.from(speech.subarray(at, at + length));
      for (let k = 0; k < Math.min(FADE, stretch.length); k++) {
        const end = stretch.length - 1 - k;
        stretch[k] = ((stretch[k] as number) * k) / FADE;
        stretch[end] = ((stretch[end] as number) * k) / FADE;
      }
      const heard = microphone(resampled(stretch, warp), r);
      return quantised(cepstraOfSound(second(r.chance(0.5) ? echoed(heard, r) : heard, r)));
    });
  });
} // prettier-ignore
