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

/** From one way to store a layer to a faster one. */
interface Step {
  readonly layer: Layer;
  readonly to: StoredWeights;
  readonly bytes: number;
  /** Instructions saved for a byte. */
  readonly worth: number;
}

/** The fewest instructions of ways that ask for no more memory than the one there is. */
function fewest(site: LayerSite, than: FamilyWay, planar: ReadonlySet<TensorId>, kernels: KernelChoice): number {
  const ways = restricted(choicesOf(site, kernels), site.layer, planar);
  return ways
    .filter((way) => way.scratchBytes <= than.scratchBytes && (way.inPlace === than.inPlace || than.inPlace === 'never'))
    .reduce((n, { instructions }) => Math.min(n, instructions), Infinity);
} // prettier-ignore

/** The ways from the smallest on, each of which saves more for a byte than the ones after it. */
function stepsOf(layer: Layer, smallest: Storage, others: readonly Storage[]): readonly Step[] {
  const steps: Step[] = [];
  for (let at = smallest; ; ) {
    const from = at;
    const ranked = others
      .filter(({ instructions }) => instructions < from.instructions)
      .map((to) => {
        const bytes = Math.max(0, to.bytes - from.bytes);
        return { to, bytes, worth: (from.instructions - to.instructions) / Math.max(1, bytes) };
      })
      .toSorted((a, b) => b.worth - a.worth || a.bytes - b.bytes);
    const [best] = ranked;
    if (best === undefined) return steps;
    steps.push({ layer, to: best.to.stored, bytes: best.bytes, worth: best.worth });
    at = best.to;
  }
}

/**
 * What is to be stored otherwise for the sake of instructions, for no more than so many bytes in all: those layers first that
 * save most for a byte.
 * @param base each layer in its smallest encoding
 */
export function fasterStorage(
  base: Assignment,
  bytes: number,
  encodings: EncodingChoice,
  kernels: KernelChoice,
): ReadonlyMap<Layer, StoredWeights> {
  const steps = base.sites.flatMap((site, i): readonly Step[] => {
    const way = base.ways[i];
    if (way === undefined || !isWeightedSite(site)) return [];
    const settled = { ...site, planar: planarOf(site.layer, base.planar) };
    const storage = (stored: StoredWeights, instructions: number): Storage => ({
      stored,
      bytes: encodedBytes(stored.coded),
      instructions,
    });
    const channels = outputChannels(site.model.model, site.layer);
    const others = everyStorage(site.model, site.layer, channels, encodings).map((stored) =>
      storage(stored, fewest({ ...settled, stored }, way, base.planar, kernels)),
    );
    return stepsOf(site.layer, storage(site.stored, way.instructions), others);
  });
  const taken = new Map<Layer, StoredWeights>();
  const full = new Set<Layer>();
  let left = bytes;
  for (const step of steps.toSorted((a, b) => b.worth - a.worth)) {
    // What comes after a step of a layer counts its bytes from there.
    if (step.bytes > left) full.add(step.layer);
    if (full.has(step.layer)) continue;
    left -= step.bytes;
    taken.set(step.layer, step.to);
  }
  return taken;
}
