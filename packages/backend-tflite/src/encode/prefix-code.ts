/** How often each value occurs. */
export type Histogram = ReadonlyMap<number, number>;

export function histogramOf(values: Int8Array): Histogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

export function addHistograms(a: Histogram, b: Histogram): Histogram {
  const sum = new Map(a);
  for (const [value, count] of b) sum.set(value, (sum.get(value) ?? 0) + count);
  return sum;
}

export interface Codeword {
  readonly value: number;
  readonly length: number;
  /** The code's bits, the first one most significant. */
  readonly bits: number;
  readonly count: number;
}

/**
 * The best prefix code of which no word is longer than a limit: package-merge (Larmore and Hirschberg, 1990), with canonical
 * words: shorter first, then smaller values. A single value gets a word of one bit.
 * @returns undefined where the limit is too short for so many values
 */
export function prefixCode(histogram: Histogram, longest: number): readonly Codeword[] | undefined {
  const symbols = [...histogram].sort(([v, c], [w, d]) => c - d || v - w);
  if (symbols.length > 2 ** longest) return undefined;
  const lengths = new Map<number, number>(symbols.map(([value]) => [value, symbols.length === 1 ? 1 : 0]));
  if (symbols.length > 1) {
    interface Package {
      readonly weight: number;
      readonly values: readonly number[];
    }
    const leaves: readonly Package[] = symbols.map(([value, weight]) => ({ weight, values: [value] }));
    let packages: readonly Package[] = leaves;
    for (let level = 1; level < longest; level++) {
      const pairs: Package[] = [];
      for (let i = 0; i + 1 < packages.length; i += 2) {
        const [a, b] = [packages[i] as Package, packages[i + 1] as Package];
        pairs.push({ weight: a.weight + b.weight, values: [...a.values, ...b.values] });
      }
      // Stable: among equal weights leaves come first, so the code does not depend on the machine.
      packages = [...leaves, ...pairs].sort((a, b) => a.weight - b.weight);
    }
    for (const { values } of packages.slice(0, 2 * symbols.length - 2))
      for (const value of values) lengths.set(value, (lengths.get(value) ?? 0) + 1);
  }
  const ordered = symbols
    .map(([value, count]) => ({ value, count, length: lengths.get(value) ?? 0 }))
    .sort((a, b) => a.length - b.length || a.value - b.value);
  let next = 0;
  let before = ordered[0]?.length ?? 0;
  return ordered.map(({ value, count, length }) => {
    next *= 2 ** (length - before);
    before = length;
    return { value, count, length, bits: next++ };
  });
}
