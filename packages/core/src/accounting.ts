/** What one layer takes, counted in three ways. All in bits. */
export interface LayerAccount {
  /** Bits of the survivors only, as published compression ratios count; neither mask nor tables. */
  readonly paper: number;
  /** The cheapest of the encodings below. */
  readonly stored: number;
  readonly encoding: 'packed' | 'bitmap' | 'int8';
  /** Width of one index in that encoding. */
  readonly indexBits: number;
  /** Entropy of the levels, pruned zeros included: what an ideal entropy coder would take. */
  readonly entropy: number;
}

const widthFor = (count: number): number => Math.max(1, Math.ceil(Math.log2(count)));

/** Distinct levels in ascending order, 0 always among them. */
export function levelsOf(levels: Int8Array): readonly number[] {
  const seen = new Uint8Array(256);
  seen[128] = 1;
  for (const k of levels) seen[k + 128] = 1;
  return Array.from({ length: 256 }, (_, i) => i - 128).filter((k) => seen[k + 128] === 1);
}

/**
 * @param levels the layer's levels k @param paperBits bits of its survivors as the budget counted them
 */
export function accountLayer(levels: Int8Array, paperBits: number): LayerAccount {
  const counts = new Map<number, number>();
  for (const k of levels) counts.set(k, (counts.get(k) ?? 0) + 1);
  const distinct = levelsOf(levels).length;
  const nonZero = levels.length - (counts.get(0) ?? 0);
  const tableBits = 8 * distinct;
  const packedWidth = widthFor(distinct);
  const bitmapWidth = widthFor(Math.max(1, distinct - 1));
  const options = [
    { encoding: 'int8' as const, indexBits: 8, stored: 8 * levels.length },
    {
      encoding: 'packed' as const,
      indexBits: packedWidth,
      stored: 8 * Math.ceil((levels.length * packedWidth) / 8) + tableBits,
    },
    {
      encoding: 'bitmap' as const,
      indexBits: bitmapWidth,
      stored: 8 * Math.ceil((levels.length + nonZero * bitmapWidth) / 8) + tableBits - 8,
    },
  ];
  const best = options.reduce((a, b) => (b.stored < a.stored ? b : a));
  let entropy = 0;
  for (const count of counts.values()) entropy -= count * Math.log2(count / levels.length);
  return { paper: paperBits, entropy, ...best };
}
