import {
  channelMajor,
  encodedBytes,
  encodeWeights,
  entropyBits,
  histogramOf,
  indexWidth,
  smallestForm,
  type Form,
} from '@opq/encodings';
import type { LayerWeights } from './weights';

/**
 * What counts as the size of compressed weights.
 * - `paper`: bits of the survivors only, as published ratios count.
 * - `bitmap`: a bit a weight for the mask, then an index for every survivor.
 * - `entropy`: entropy of the levels, zeros included: the bound of any coder of independent levels.
 * - `flash`: bytes as stored, in the smallest form of each layer, its table included.
 */
export const ACCOUNTINGS = ['paper', 'bitmap', 'entropy', 'flash'] as const;
/** What the size of compressed weights counts: one of `ACCOUNTINGS`. */
export type Accounting = (typeof ACCOUNTINGS)[number];

/** What one layer takes in every accounting, in bits. */
export interface LayerAccount extends Readonly<Record<Accounting, number>> {
  /** The form that `flash` counts. */
  readonly form: Form;
  /** Width of its index, or precision of its frequencies. */
  readonly indexBits: number;
}

/**
 * @param levels k of every weight, in the tensor's own order
 * @param paperBits bits of its survivors as the budget counted them
 * @param exact make the stored form and count its bytes; else count without making it, a few bytes off
 */
export function accountLayer(
  layer: LayerWeights,
  levels: Int8Array,
  paperBits: number,
  exact: boolean,
): LayerAccount {
  const histogram = histogramOf(levels);
  const zeros = histogram.counts[histogram.levels.indexOf(0)] ?? 0;
  const { form, bits, bytes } = smallestForm(histogram);
  const stored =
    exact && form === 'entropy'
      ? encodeWeights(channelMajor(levels, layer.channels, layer.stride > 1), layer.fanIn)
      : undefined;
  return {
    paper: paperBits,
    bitmap: levels.length + (levels.length - zeros) * indexWidth(Math.max(1, histogram.levels.length - 1)),
    entropy: entropyBits(histogram),
    flash: 8 * (stored === undefined ? bytes : encodedBytes(stored)),
    form: stored?.form ?? form,
    indexBits: stored?.bits ?? bits,
  };
}

/** Bytes of all layers in one accounting. */
export const accountedBytes = (accounts: readonly LayerAccount[], accounting: Accounting): number =>
  accounts.reduce((bits, account) => bits + account[accounting], 0) / 8;
