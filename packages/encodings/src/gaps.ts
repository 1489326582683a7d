import { streamOf } from './entropy';
import { frequenciesOf, type Frequency } from './frequencies';
import { histogramOf } from './levels';

/*
 * The coder of ./entropy.ts over another alphabet: a gap (zeros before the next weight that is not 0), then again and again a level
 * and the gap behind it. Where each weight survives by itself, gaps hold as much information as the zeros they stand for.
 * A level and the gap behind it take 13 bits of precision together, so that the decoder renormalises once for both.
 */

const LOWEST_STATE = 2 ** 16;
const STATE_BITS = 32;
/** Precision of the levels' frequencies: a look-up of them takes half as much scratch as with 8 bits. */
export const LEVEL_BITS = 7;
const GAP_BITS = 6;
/** Slots of all gaps. */
const GAP_SLOTS = 2 ** GAP_BITS;

/** Bits of a gap by its slots. */
const SLOT_BITS = Array.from({ length: GAP_SLOTS + 1 }, (_, slots) => GAP_BITS - Math.log2(slots));

/** Zeros that a run may stand for: with each gap shorter than it, it needs a slot. */
const RUNS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 62] as const;

/** How gaps are coded. */
interface GapModel {
  /** Share of weights that are not 0, in 1/256. */
  readonly survive: number;
  /** Zeros of the longest gap, behind which another one follows. */
  readonly run: number;
}

/** Slots of gaps 0…run, the last one the run's; undefined where they are too few. The same integers as in opq_gaps.h. */
function gapSlots({ survive, run }: GapModel): readonly number[] | undefined {
  const slots: number[] = [];
  let left = GAP_SLOTS;
  for (let gap = 0; gap < run; gap++) {
    const own = Math.max(1, (left * survive + 128) >> 8);
    slots.push(own);
    left -= own;
    if (left < 1) return undefined;
  }
  return [...slots, left];
}

/** Zeros before each survivor, and after the last. */
function gapsOf(weights: Int8Array): readonly number[] {
  const gaps: number[] = [];
  let zeros = 0;
  for (const level of weights) {
    if (level === 0) zeros++;
    else {
      gaps.push(zeros);
      zeros = 0;
    }
  }
  return [...gaps, zeros];
}

/** How often each gap 0…run is written. */
function gapCounts(gaps: ReadonlyMap<number, number>, run: number): readonly number[] {
  const counts = new Array<number>(run + 1).fill(0);
  for (const [zeros, count] of gaps) {
    (counts[run] as number) += Math.floor(zeros / run) * count;
    (counts[zeros % run] as number) += count;
  }
  return counts;
}

/** Bits that may be spent on fewer runs: one in so many, and a word of the coder. */
const FEWER_RUNS = { oneIn: 512, bits: 16 } as const;

/** The model with the fewest runs of those that take next to the fewest bits; of equals the shortest, then the lowest share. */
function bestModel(gaps: readonly number[]): GapModel {
  const known = new Map<number, number>();
  for (const zeros of gaps) known.set(zeros, (known.get(zeros) ?? 0) + 1);
  const models = RUNS.flatMap((run) => {
    const counts = gapCounts(known, run);
    const runs = counts[run] as number;
    return Array.from({ length: 255 }, (_, i) => i + 1).flatMap((survive) => {
      const slots = gapSlots({ survive, run });
      if (slots === undefined) return [];
      const bits = counts.reduce((n, count, gap) => n + count * (SLOT_BITS[slots[gap] as number] as number), 0);
      return [{ survive, run, runs, bits }];
    });
  });
  const least = models.reduce((n, { bits }) => Math.min(n, bits), Infinity);
  const most = least * (1 + 1 / FEWER_RUNS.oneIn) + FEWER_RUNS.bits;
  return models
    .filter(({ bits }) => bits <= most)
    .reduce((a, b) => (b.runs < a.runs || (b.runs === a.runs && b.bits < a.bits) ? b : a));
} // prettier-ignore

interface Interval {
  readonly first: number;
  readonly slots: number;
}

/** Where each entry's slots begin. */
const intervals = (slots: readonly number[]): readonly Interval[] => {
  let first = 0;
  return slots.map((own) => {
    const interval = { first, slots: own };
    first += own;
    return interval;
  });
};

/** Two bytes of the gaps' model, then level and slots, for each level. */
export interface CodedGaps {
  readonly bytes: Uint8Array;
  readonly table: Uint8Array;
}

/**
 * Weights as gaps and levels.
 * @param weights levels k, channel by channel; gaps go across channels
 * @returns undefined where fewer than two levels survive: a byte does not hold the slots of one
 */
export function codeGaps(weights: Int8Array): CodedGaps | undefined {
  const survivors = weights.filter((level) => level !== 0);
  const frequencies = frequenciesOf(histogramOf(survivors), LEVEL_BITS);
  if (frequencies === undefined || frequencies.length < 2) return undefined;
  const ofLevels = intervals(frequencies.map(({ slots }) => slots));
  const indices = new Map(frequencies.map(({ level }, i) => [level, i]));
  const gaps = gapsOf(weights);
  const model = bestModel(gaps);
  const ofGaps = intervals(gapSlots(model) ?? []);
  const words: number[] = [];
  let state = LOWEST_STATE;
  // The decoder runs forwards, so the encoder runs backwards.
  const make = (slots: number, precision: number): void => {
    if (state < slots * 2 ** (STATE_BITS - precision)) return;
    words.push(state % LOWEST_STATE);
    state = Math.floor(state / LOWEST_STATE);
  };
  const put = ({ first, slots }: Interval, precision: number): void => {
    state = Math.floor(state / slots) * 2 ** precision + (state % slots) + first;
  };
  for (let i = gaps.length - 1; i >= 0; i--) {
    const zeros = gaps[i] as number;
    const runs = Math.floor(zeros / model.run);
    for (let part = runs; part >= 0; part--) {
      const gap = ofGaps[part === runs ? zeros % model.run : model.run] as Interval;
      const level = i > 0 && part === 0 ? ofLevels[indices.get(survivors[i - 1] as number) as number] : undefined;
      if (level === undefined) make(gap.slots, GAP_BITS);
      else make(gap.slots * level.slots, GAP_BITS + LEVEL_BITS);
      put(gap, GAP_BITS);
      if (level !== undefined) put(level, LEVEL_BITS);
    }
  }
  const table = [model.survive, model.run, ...frequencies.flatMap(({ level, slots }) => [level & 255, slots])];
  return { bytes: streamOf(state, words), table: Uint8Array.from(table) };
} // prettier-ignore

/** The inverse of `codeGaps`, written apart from the C decoder. Zeros are read behind a stream that ends too early. */
export function decodeGaps({ bytes, table }: CodedGaps, count: number): Int8Array {
  const [survive = 0, run = 0] = table;
  const ofGaps = gapSlots({ survive, run }) ?? [];
  const ofLevels = Array.from({ length: (table.length - 2) / 2 }, (_, i): Frequency => {
    const [level = 0, slots = 0] = table.subarray(2 + 2 * i);
    return { level: (level << 24) >> 24, slots };
  });
  const byte = (i: number): number => bytes[i] ?? 0;
  let state = byte(0) + byte(1) * 2 ** 8 + byte(2) * 2 ** 16 + byte(3) * 2 ** 24;
  let at = 4;
  const take = (slots: readonly number[], precision: number): number => {
    let slot = state % 2 ** precision;
    const index = slots.findIndex((own) => slot < own || ((slot -= own), false));
    if (index < 0) throw new RangeError(`frequencies do not sum to 2^${precision}`);
    state = (slots[index] as number) * Math.floor(state / 2 ** precision) + slot;
    return index;
  };
  const takeGap = (): number => {
    const gap = take(ofGaps, GAP_BITS);
    if (state < LOWEST_STATE) {
      state = state * LOWEST_STATE + byte(at) + byte(at + 1) * 256;
      at += 2;
    }
    return gap;
  };
  const levelSlots = ofLevels.map(({ slots }) => slots);
  const out = new Int8Array(count);
  let place = 0;
  while (place < count) {
    const gap = takeGap();
    place += gap;
    if (gap === run || place >= count) continue;
    out[place++] = ofLevels[take(levelSlots, LEVEL_BITS)]?.level ?? 0;
  }
  return out;
}

/**
 * Runs that a decoder meets for each survivor, as the model expects them.
 * @param table as `codeGaps` makes it
 */
export function runsPerSurvivor(table: Uint8Array): number {
  const [survive = 0, run = 0] = table;
  const last = gapSlots({ survive, run })?.at(-1) ?? 0;
  return last / (GAP_SLOTS - last);
}
