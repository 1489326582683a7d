import type { LayerSite, StoredWeights } from '@opq/backend';
import { encodedBytes } from '@opq/encodings';
import type { Layer, TensorId } from '@opq/ir';
import { outputChannels } from '@opq/reference';
import type { Assignment } from './assign';
import { everyStorage, type EncodingChoice } from './encodings';
import { planarOf, restricted } from './layouts';
import { choicesOf, type FamilyWay, type KernelChoice } from './ways';
import { isWeightedSite } from './weight-tables';

/** One way to store the weights of a layer. */
interface Storage {
  readonly stored: StoredWeights;
  readonly bytes: number;
  readonly instructions: number;
}

/** The fewest instructions of ways that ask for no more memory than the one there is. */
function fewest(site: LayerSite, than: FamilyWay, planar: ReadonlySet<TensorId>, kernels: KernelChoice): number {
  const ways = restricted(choicesOf(site, kernels), site.layer, planar);
  return ways
    .filter((way) => way.scratchBytes <= than.scratchBytes && (way.inPlace === than.inPlace || than.inPlace === 'never'))
    .reduce((n, { instructions }) => Math.min(n, instructions), Infinity);
} // prettier-ignore

/** The ways that are faster than the smallest, none of them worse than another in both bytes and instructions. */
function sensible(smallest: Storage, others: readonly Storage[]): readonly Storage[] {
  const kept: Storage[] = [];
  for (const storage of others.toSorted((a, b) => a.bytes - b.bytes || a.instructions - b.instructions)) {
    const before = kept.at(-1) ?? smallest;
    if (storage.instructions < before.instructions) kept.push(storage);
  }
  return kept;
}

/** Bytes are counted in so many parts of what may be spent, at most. */
const PARTS = 16384;

/**
 * One storage for each layer, so that instructions are fewest and bytes within a limit, by the best choice of the first layers
 * for every number of bytes: exact up to PARTS bytes, each storage rounded up to whole parts beyond.
 * @param layers for each layer its smallest storage first
 * @param limit bytes that may be spent beyond the smallest storages
 */
export function cheapest<T extends { readonly bytes: number; readonly instructions: number }>(
  layers: readonly (readonly [T, ...T[]])[],
  limit: number,
): readonly T[] {
  const unit = Math.max(1, Math.ceil(limit / PARTS));
  const parts = Math.floor(limit / unit);
  let best = new Float64Array(parts + 1);
  const taken = layers.map(([smallest, ...others]) => {
    const next = best.map((instructions) => instructions + smallest.instructions);
    const choice = new Uint8Array(parts + 1);
    others.forEach(({ bytes, instructions }, i) => {
      const more = Math.max(0, Math.ceil((bytes - smallest.bytes) / unit));
      for (let spent = more; spent <= parts; spent++) {
        const total = (best[spent - more] as number) + instructions;
        if (total < (next[spent] as number)) [next[spent], choice[spent]] = [total, i + 1];
      }
    });
    best = next;
    return choice;
  });
  let left = parts;
  return layers
    .map((storages, i) => ({ storages, choice: taken[i] as Uint8Array }))
    .reverse()
    .map(({ storages, choice }) => {
      const [smallest] = storages;
      const storage = storages[choice[left] as number] ?? smallest;
      left -= Math.max(0, Math.ceil((storage.bytes - smallest.bytes) / unit));
      return storage;
    })
    .reverse();
}

/**
 * What is to be stored otherwise for the sake of instructions, for no more than so many bytes in all.
 * @param base each layer in its smallest encoding
 */
export function fasterStorage(
  base: Assignment,
  bytes: number,
  encodings: EncodingChoice,
  kernels: KernelChoice,
): ReadonlyMap<Layer, StoredWeights> {
  const layers = base.sites.flatMap((site, i): readonly { readonly layer: Layer; readonly storages: readonly [Storage, ...Storage[]] }[] => {
    const way = base.ways[i];
    if (way === undefined || !isWeightedSite(site)) return [];
    const settled = { ...site, planar: planarOf(site.layer, base.planar) };
    const storage = (stored: StoredWeights, instructions: number): Storage => ({
      stored,
      bytes: encodedBytes(stored.coded),
      instructions,
    });
    const smallest = storage(site.stored, way.instructions);
    const channels = outputChannels(site.model.model, site.layer);
    const others = everyStorage(site.model, site.layer, channels, encodings).map((stored) =>
      storage(stored, fewest({ ...settled, stored }, way, base.planar, kernels)),
    );
    return [{ layer: site.layer, storages: [smallest, ...sensible(smallest, others)] }];
  });
  const chosen = cheapest(layers.map(({ storages }) => storages), bytes);
  return new Map(layers.map(({ layer }, i) => [layer, (chosen[i] as Storage).stored]));
} // prettier-ignore

/** Tables other than weights change a little with how weights are stored: so often less is spent. */
const ATTEMPTS = 4;

/**
 * What comes of spending all that a limit leaves, or less where that turns out to be larger than the limit.
 * @param limit bytes that the result takes at most; `smallest` where that is larger, or where nothing else keeps to it
 * @param spend what comes of so many bytes beyond the smallest; it may be larger by a little
 */
export function spendWithin<T>(
  limit: number,
  smallest: T,
  spend: (bytes: number) => T,
  bytesOf: (result: T) => number,
): T {
  let bytes = limit - bytesOf(smallest);
  for (let attempt = 0; attempt < ATTEMPTS && bytes > 0; attempt++) {
    const result = spend(bytes);
    const over = bytesOf(result) - limit;
    if (over <= 0) return result;
    bytes -= over;
  }
  return smallest;
}
