import { dataErrors } from '@opq/errors';
import type { Dataset, StoredDataset } from './dataset';
import { counted, randomStream, shuffle } from './random';
import { subset } from './subset';

/** How many samples are set aside: a share 0…1 of all, rounded to whole samples, or a number. */
export type SplitSize = { readonly share: number } | { readonly count: number };

/** How many samples are set aside, and how they are drawn. */
export type SplitOptions = SplitSize & {
  /** Decides which samples are drawn. */
  readonly seed: number;
  /** true: each class gives its share of the samples set aside, to within one sample. */
  readonly stratified?: boolean;
};

/** Two parts that share no sample and together hold all of them, each in the order of the whole. */
export interface SplitDataset<D extends Dataset> {
  /** The samples that are left. */
  readonly training: D;
  /** The samples that were set aside. */
  readonly validation: D;
}

/** Indices by class, in order. @throws OPQ0419 */
function byClass(dataset: Dataset): readonly (readonly number[])[] {
  const classes = new Map<number, number[]>();
  for (let i = 0; i < dataset.count; i++) {
    const label = dataset.label(i);
    if (label === undefined) throw dataErrors.badSplit(`sample ${i} has no label`);
    const members = classes.get(label);
    if (members === undefined) classes.set(label, [i]);
    else members.push(i);
  }
  return [...classes].sort(([a], [b]) => a - b).map(([, members]) => members);
}

/** Whole numbers near count · size / total that sum to `count`: largest remainders first, of equal ones the lower class. */
function apportion(sizes: readonly number[], count: number): readonly number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (count * size) / total);
  const parts = exact.map(Math.floor);
  const missing = count - parts.reduce((sum, part) => sum + part, 0);
  exact
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i)
    .slice(0, missing)
    .forEach(({ i }) => (parts[i] = (parts[i] ?? 0) + 1));
  return parts;
}

/** `count` of the members, drawn by the seed; `stream` tells classes apart. */
const drawn = (members: ArrayLike<number>, count: number, seed: number, stream: number): number[] =>
  Array.from(
    shuffle(counted(members.length), randomStream('split', seed, 0, stream)).subarray(0, count),
    (i) => members[i] ?? 0,
  );

/**
 * Sets samples aside, drawn at random: the same data set, size and seed give the same parts.
 * @throws OPQ0419 when a part would be empty, or for a stratified split without labels
 */
export function splitDataset(dataset: StoredDataset, options: SplitOptions): SplitDataset<StoredDataset>;
export function splitDataset(dataset: Dataset, options: SplitOptions): SplitDataset<Dataset>;
export function splitDataset(dataset: Dataset, options: SplitOptions): SplitDataset<Dataset> {
  const { seed, stratified = false } = options;
  const all = dataset.count;
  const count = 'share' in options ? Math.round(options.share * all) : options.count;
  if (!Number.isSafeInteger(count) || count < 1 || count >= all)
    throw dataErrors.badSplit(`${count} of ${all} samples would be set aside`);
  const groups = stratified ? byClass(dataset) : [counted(all)];
  const parts = apportion(
    groups.map((group) => group.length),
    count,
  );
  const aside = new Uint8Array(all);
  groups.forEach((group, i) => {
    for (const index of drawn(group, parts[i] ?? 0, seed, i)) aside[index] = 1;
  });
  return {
    training: subset(
      dataset,
      counted(all).filter((i) => aside[i] === 0),
    ),
    validation: subset(
      dataset,
      counted(all).filter((i) => aside[i] === 1),
    ),
  };
}

/**
 * Cuts a data set in two, in its order: samples before number `from` to train on, that one and those behind it set aside.
 * @param from index of the first sample set aside
 * @throws OPQ0419 when a part would be empty
 */
export function splitAt(dataset: Dataset, from: number): SplitDataset<Dataset> {
  const all = dataset.count;
  if (!Number.isSafeInteger(from) || from < 1 || from >= all)
    throw dataErrors.badSplit(`${all} samples cannot be cut in front of number ${from}, counted from 0`);
  return {
    training: subset(dataset, counted(from)),
    validation: subset(
      dataset,
      counted(all - from).map((i) => from + i),
    ),
  };
}
