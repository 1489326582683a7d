import type { Random } from '@opq/ir/testing';
import { RATE } from './cepstra';
import { normal } from './normal';

/** Ripples of the kernel on each side. */
const RIPPLES = 8;

/** The same sound with `ratio` times as many samples, by a windowed sinc. */
export function resampled(sound: Float32Array, ratio: number): Float32Array {
  const cut = Math.min(1, ratio);
  const reach = RIPPLES / cut;
  return Float32Array.from({ length: Math.floor(sound.length * ratio) }, (_, i) => {
    const centre = i / ratio;
    let sum = 0;
    for (let k = Math.ceil(centre - reach); k <= centre + reach; k++) {
      if (k < 0 || k >= sound.length) continue;
      const away = (k - centre) * cut;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * away) / RIPPLES);
      const sinc = away === 0 ? 1 : Math.sin(Math.PI * away) / (Math.PI * away);
      sum += (sound[k] as number) * sinc * window * cut;
    }
    return sum;
  });
}

/** Without the quiet before and behind. */
export function trimmed(sound: Float32Array): Float32Array {
  let loudest = 0;
  for (const value of sound) loudest = Math.max(loudest, Math.abs(value));
  const isQuiet = (i: number): boolean => Math.abs(sound[i] as number) < 0.02 * loudest;
  let [first, past] = [0, sound.length];
  while (first < past && isQuiet(first)) first++;
  while (past > first && isQuiet(past - 1)) past--;
  return sound.subarray(first, past);
}

/** Noise of a random colour, at times with the hum of a mains; its mean square is 1. */
function noise(count: number, r: Random): Float32Array {
  const colour = r.chance(0.4) ? 0 : 0.5 + r.next() * 0.49;
  const out = new Float32Array(count);
  let last = 0;
  for (let i = 0; i < count; i++) {
    last = colour * last + normal(r);
    out[i] = last;
  }
  const hum = r.chance(0.3) ? r.pick([50, 60, 100, 120]) : 0;
  const gain = (r.next() * 3) / Math.sqrt(1 - colour * colour + 0.02);
  if (hum > 0)
    for (let i = 0; i < count; i++)
      out[i] = (out[i] as number) + gain * Math.sin((2 * Math.PI * hum * i) / RATE);
  let power = 0;
  for (const value of out) power += value * value;
  const scale = 1 / Math.sqrt(power / count);
  return out.map((value) => value * scale);
}

const ECHOES = 60;

/** A small room: echoes that die away. */
export function echoed(sound: Float32Array, r: Random): Float32Array {
  const length = Math.floor(RATE * (0.02 + 0.15 * r.next()));
  const gain = 0.02 + r.next() * 0.12;
  const echoes = Array.from({ length: ECHOES }, () => {
    const delay = 1 + Math.floor(r.next() * (length - 1));
    return { delay, share: normal(r) * gain * Math.exp((-4 * delay) / length) };
  });
  return sound.map((value, i) => {
    let sum = value;
    for (const { delay, share } of echoes) if (i >= delay) sum += share * (sound[i - delay] as number);
    return sum;
  });
}

/** A microphone: now and then without the lows, without the highs, or with more of them. */
export function microphone(sound: Float32Array, r: Random): Float32Array {
  const out = Float32Array.from(sound);
  if (r.chance(0.6)) {
    const keep = 0.9 + 0.1 * r.next();
    let [before, sum] = [0, 0];
    out.forEach((value, i) => {
      sum = keep * (sum + value - before);
      before = value;
      out[i] = sum;
    });
  }
  if (r.chance(0.5)) {
    const keep = r.next() * 0.7;
    let sum = 0;
    out.forEach((value, i) => {
      sum = keep * sum + (1 - keep) * value;
      out[i] = sum;
    });
  }
  if (r.chance(0.3)) {
    const less = r.next() * 0.9;
    let before = 0;
    out.forEach((value, i) => {
      out[i] = value - less * before;
      before = value;
    });
  }
  return out;
}

/** One second with the sound somewhere in it, nearly always over noise; without a sound noise alone. */
export function second(sound: Float32Array, r: Random): Float32Array {
  const out = new Float32Array(RATE);
  let level = 1e-5;
  if (sound.length > 0) {
    let power = 0;
    for (const value of sound) power += value * value;
    const room = RATE - sound.length;
    const at =
      room > 0
        ? Math.floor(room * Math.min(1, Math.max(0, 0.5 + 0.22 * normal(r))))
        : Math.floor(room * r.next());
    sound.forEach((value, i) => {
      if (at + i >= 0 && at + i < RATE) out[at + i] = value;
    });
    level = Math.sqrt(power / sound.length) * 10 ** (-(5 + 45 * r.next()) / 20);
  }
  if (r.chance(0.9) || sound.length === 0) {
    const behind = noise(RATE, r);
    const drift = normal(r) * 0.5;
    behind.forEach((value, i) => {
      out[i] = (out[i] as number) + level * value * (1 + (drift * i) / RATE);
    });
  }
  return out;
}
