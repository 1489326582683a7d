import type { Codeword } from './prefix-code';

/** A part of the code's tree: the words that begin alike, with what is left of them. */
type Subtree = readonly Codeword[];

/** A table of the decoder, its size in bits of index, and the tables that follow it. */
interface Table {
  readonly bits: number;
  readonly leaves: Subtree;
  /** By the index in this table under which they are reached. */
  readonly next: ReadonlyMap<number, Table>;
  /** Entries of this table and of all that follow. */
  readonly entries: number;
  /** Look-ups for all occurrences. */
  readonly lookups: number;
}

/** An entry holds its bits in four bits and an offset in eleven. */
const LARGEST_TABLE_BITS = 10;
const LARGEST_OFFSET = 2047;
const FOUND = 0x8000;
const COUNT_SHIFT = 11;

const occurrences = (words: Subtree): number => words.reduce((n, { count }) => n + count, 0);

/** The cheapest tables for a subtree. @param lookupCost bytes that one look-up is worth */
function bestTable(words: Subtree, lookupCost: number): Table {
  const deepest = words.reduce((n, { length }) => Math.max(n, length), 1);
  let best: Table | undefined;
  let lowest = Infinity;
  for (let bits = 1; bits <= Math.min(deepest, LARGEST_TABLE_BITS); bits++) {
    const table = tableOf(words, bits, lookupCost);
    const cost = 2 * table.entries + lookupCost * table.lookups;
    if (cost < lowest) [best, lowest] = [table, cost];
  }
  return best as Table;
}

function tableOf(words: Subtree, bits: number, lookupCost: number): Table {
  const leaves = words.filter(({ length }) => length <= bits);
  const groups = new Map<number, Codeword[]>();
  for (const word of words) {
    const left = word.length - bits;
    if (left <= 0) continue;
    const index = Math.floor(word.bits / 2 ** left);
    const rest = { ...word, length: left, bits: word.bits % 2 ** left };
    groups.set(index, [...(groups.get(index) ?? []), rest]);
  }
  const next = new Map([...groups].map(([index, group]) => [index, bestTable(group, lookupCost)]));
  const below = [...next.values()];
  return {
    bits,
    leaves,
    next,
    entries: 2 ** bits + below.reduce((n, t) => n + t.entries, 0),
    lookups: occurrences(words) + below.reduce((n, t) => n + t.lookups, 0),
  };
}

export interface DecodeTables {
  /** Bits that index the first table. */
  readonly firstBits: number;
  /** Entries of 16 bits, little-endian: found, bits (of the word in this table, or of the next index less one), value or offset. */
  readonly bytes: Uint8Array;
  /** Look-ups that decode all occurrences. */
  readonly lookups: number;
}

/**
 * Tables with which the runtime decodes a prefix code: a word that is longer than a table's index leads to another table, whose
 * place is counted from the entry that leads there.
 * @param lookupCost bytes of tables that one look-up fewer is worth; 0 gives the smallest tables
 * @returns undefined where an offset would not fit its eleven bits
 */
export function decodeTables(code: readonly Codeword[], lookupCost: number): DecodeTables | undefined {
  const root = bestTable(code, lookupCost);
  const entries = new Uint16Array(root.entries);
  let free = 0;
  let fits = true;
  const place = (table: Table): number => {
    const start = free;
    free += 2 ** table.bits;
    for (const { value, length, bits } of table.leaves) {
      const spare = table.bits - length;
      const entry = FOUND | (length << COUNT_SHIFT) | (value & 0xff);
      entries.fill(entry, start + bits * 2 ** spare, start + (bits + 1) * 2 ** spare);
    }
    for (const [index, next] of table.next) {
      const at = start + index;
      const offset = place(next) - at;
      if (offset > LARGEST_OFFSET) fits = false;
      entries[at] = ((next.bits - 1) << COUNT_SHIFT) | (offset & LARGEST_OFFSET);
    }
    return start;
  };
  place(root);
  if (!fits) return undefined;
  const bytes = new Uint8Array(entries.length * 2);
  const view = new DataView(bytes.buffer);
  entries.forEach((entry, i) => view.setUint16(2 * i, entry, true));
  return { firstBits: root.bits, bytes, lookups: root.lookups };
}
