import type { KernelFamily, LayerSite, Way } from '@opq/backend';
import { FAMILIES, plain } from './families';

/** One way to compute a layer, with the family it is of. */
export interface FamilyWay extends Way {
  readonly family: string;
}

/** The ways there are for one layer, the fastest first; the plain one is always among them. */
export type Choices = readonly [FamilyWay, ...FamilyWay[]];

/** Which kernels there are besides opq's own, and which are wanted. */
export interface KernelChoice {
  /** Without opq's own. */
  readonly families?: readonly KernelFamily[] | undefined;
  /** The name of the one whose ways are taken wherever it has some. */
  readonly family?: string | undefined;
}

const waysOf = (family: KernelFamily, site: LayerSite): readonly FamilyWay[] =>
  family.ways(site).map((way) => ({ ...way, family: family.name }));

/** Every way to compute a layer that is predicted to be faster than the plain one, and that. */
export function choicesOf(site: LayerSite, { families = [], family: wanted }: KernelChoice): Choices {
  const [slowest] = waysOf(plain, site);
  if (slowest === undefined) throw new RangeError(`no kernel for ${site.layer.kind}`);
  const ways = [...FAMILIES, ...families]
    .flatMap((family) => waysOf(family, site))
    .toSorted((a, b) => a.instructions - b.instructions);
  const asked = [...ways, slowest].filter(({ family }) => family === wanted);
  const [first, ...others] = asked.length > 0 ? asked : ways.filter((way) => way.instructions < slowest.instructions);
  if (first === undefined) return [slowest];
  return asked.length > 0 ? [first, ...others] : [first, ...others, slowest];
} // prettier-ignore
