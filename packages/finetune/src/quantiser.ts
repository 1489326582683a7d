import { channelOf, type CompressedWeights, type LayerWeights } from '@opq/core';
import { levelBits } from '@opq/encodings';

/**
 * The quantiser of one weight tensor as compression fixed it: which weights survive, the scale of each, and the levels each may
 * take. Nothing of that changes while a network trains; a price of bits moves the borders between levels.
 */
export interface FrozenQuantiser {
  /** Indices of the surviving weights in the tensor's own order, ascending. */
  readonly survivors: Int32Array;
  /** gⱼ·Δ of each survivor: what one step of it is worth. */
  readonly scales: Float32Array;
  /** Level of the i-th survivor when its weight is `value` steps. */
  levelOf(i: number, value: number): number;
  /**
   * What a bit costs in squared steps: level k of a value v is the one of least (v − k)² + price · bits(k), with the bits an
   * entropy coder takes for k among the survivors of the compression. 0, where it begins: the nearest level.
   */
  setBitPrice(price: number): void;
  /** The value nearest to `wanted` steps that the i-th survivor may have so that its level is `level`. */
  within(i: number, level: number, wanted: number): number;
}

/** Levels that are the cheapest somewhere, ascending, and the values between which each is. */
interface Cells {
  readonly levels: Int8Array;
  /** borders[n] lies between levels[n] and levels[n + 1]. */
  readonly borders: Float64Array;
}

/**
 * How far from the border of its cell a value is put that has to stay in it, in steps. Repair moves many weights into a cell that
 * the original is outside of: all of those at the very border would change over in the first step and undo the repair.
 */
const INSIDE = 0.25;

/** @param layer the weights it is about */
export function freezeQuantiser(compressed: CompressedWeights, layer: LayerWeights): FrozenQuantiser {
  const { mask, levels, codebook, smallestLevel, largestLevels, scales } = compressed;
  const survivors = Int32Array.from(indicesOf(mask));
  const bits = levelBits(
    codebook,
    Array.from(survivors, (i) => levels[i] as number),
  );
  const cellsAt = (price: number): readonly Cells[] => {
    const upTo = new Map<number, Cells>();
    const perChannel = largestLevels.map((largest) => {
      const known = upTo.get(largest);
      if (known !== undefined) return known;
      const allowed = codebook.flatMap((level, n) =>
        Math.abs(level) >= smallestLevel && Math.abs(level) <= largest
          ? [{ level, price: price * (bits[n] ?? 0) }]
          : [],
      );
      const cells = cellsOf(allowed);
      upTo.set(largest, cells);
      return cells;
    });
    return Array.from(survivors, (i) => perChannel[channelOf(layer, i)] ?? EMPTY);
  };
  let cells = cellsAt(0);
  return {
    survivors,
    scales: Float32Array.from(survivors, (i) => scales[scales.length === 1 ? 0 : channelOf(layer, i)] ?? 0),
    levelOf(i, value) {
      const { levels: own, borders } = cells[i] as Cells;
      return own[cellOf(borders, value)] ?? 0;
    },
    setBitPrice(price) {
      cells = cellsAt(price);
    },
    within(i, level, wanted) {
      const { levels: own, borders } = cells[i] as Cells;
      const n = own.indexOf(level);
      // A level that no value is nearest to any more: the value keeps its distance to none.
      if (n < 0) return level;
      const low = (borders[n - 1] ?? -Infinity) + INSIDE;
      const high = (borders[n] ?? Infinity) - INSIDE;
      return low > high ? level : Math.min(high, Math.max(low, wanted));
    },
  };
}

const EMPTY: Cells = { levels: Int8Array.of(0), borders: new Float64Array() };

function* indicesOf(mask: Uint8Array): Generator<number> {
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) yield i;
}

/** Index of the cell a value is in; a border belongs to the cell below it. */
function cellOf(borders: Float64Array, value: number): number {
  let low = 0;
  let high = borders.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (borders[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Lower envelope of (v − k)² + price over all v. Without the common v² these are lines of slope −2k, so the cheapest levels
 * ascend with v and each is cheapest on one interval.
 * @param priced ascending levels, at least one
 */
function cellsOf(priced: readonly { readonly level: number; readonly price: number }[]): Cells {
  const kept: { level: number; price: number; from: number }[] = [];
  for (const { level, price } of priced) {
    let from = -Infinity;
    for (let last = kept.at(-1); last !== undefined; last = kept.at(-1)) {
      from = (level + last.level) / 2 + (price - last.price) / (2 * (level - last.level));
      if (from > last.from) break;
      kept.pop();
      from = -Infinity;
    }
    kept.push({ level, price, from });
  }
  return {
    levels: Int8Array.from(kept.length === 0 ? [0] : kept.map(({ level }) => level)),
    borders: Float64Array.from(kept.slice(1), ({ from }) => from),
  };
}
