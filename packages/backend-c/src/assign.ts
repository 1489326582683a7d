import type { CheckedModel, Core, EmitOptions, LayerSite, StoredWeights } from '@opq/backend';
import { isWeighted, layerInputs, type Layer, type Model, type TensorId } from '@opq/ir';
import { outputChannels } from '@opq/reference';
import { chooseWays, isBetter, type Choice, type Wish } from './choose';
import { storeWeights } from './encodings';
import { fasterStorage } from './faster';
import { planarOf, planarTensors, restricted } from './layouts';
import type { MemoryPlan } from './plan';
import { scheduleLayers } from './schedule';
import { choicesOf, type Choices, type FamilyWay } from './ways';

/** What C is emitted for, besides what every backend is told. */
export interface EmitCOptions extends EmitOptions {
  /** By whose instructions kernels are chosen; `word` unless given. */
  readonly core?: Core;
}

/** In which order layers run, how each is computed, and where its buffers stand. */
export interface Assignment {
  /** The model with its layers in that order. */
  readonly net: Model;
  /** One for each layer, in that order; so are `ways`. */
  readonly sites: readonly LayerSite[];
  readonly ways: readonly FamilyWay[];
  readonly plan: MemoryPlan;
  /** Images that stand with their channels first. */
  readonly planar: ReadonlySet<TensorId>;
}

/** Whether a layer may write over its first input: nobody reads that afterwards, and the kernel can. */
function mayReuse(model: Model, index: number, way: FamilyWay, planar: ReadonlySet<TensorId>): boolean {
  const layer = model.layers[index];
  if (layer === undefined || way.inPlace === 'never') return false;
  const inputs = 'inputs' in layer ? layer.inputs : [layer.input];
  if (way.inPlace === 'planar' && ![...inputs, layer.output].every((id) => planar.has(id))) return false;
  const later = model.layers.slice(index + 1).flatMap(layerInputs);
  return inputs.some((id) => !later.includes(id) && !model.outputs.includes(id));
}

/** The same layers with the one at `index` and the next changed over; undefined where the next reads what it makes. */
function changedOver(layers: readonly Layer[], index: number): readonly Layer[] | undefined {
  const [first, second] = [layers[index], layers[index + 1]];
  if (first === undefined || second === undefined || layerInputs(second).includes(first.output))
    return undefined;
  return layers.toSpliced(index, 2, second, first);
}

/**
 * The best choice over orders of layers: from the one that keeps the least alive, two neighbours are changed over as long as that
 * gives a better choice. Which of two branches goes first decides how much scratch either can have.
 */
function bestOrder(
  first: readonly Layer[],
  choose: (layers: readonly Layer[]) => Choice,
  wish: Wish,
): { readonly layers: readonly Layer[]; readonly choice: Choice } {
  let layers = first;
  let choice = choose(layers);
  for (let index = 0; index + 1 < layers.length; ) {
    const other = changedOver(layers, index);
    const found = other && choose(other);
    if (other !== undefined && found !== undefined && isBetter(found, choice, wish)) {
      [layers, choice] = [other, found];
      index = 0;
    } else index++;
  }
  return { layers, choice };
}

/**
 * Chooses for every layer of a model how it is computed, and when.
 * @param stored layers whose weights are not to be stored in the smallest way
 */
export function assignWays(
  model: CheckedModel,
  options: EmitCOptions,
  stored: ReadonlyMap<Layer, StoredWeights> = new Map(),
): Assignment {
  const { core = 'word', kernelFamilies, encodings, prefer = {} } = options;
  const scheduled: Model = { ...model.model, layers: scheduleLayers(model.model) };
  /* What could stand with its channels first: whether it does depends on the choice that the costs are for. */
  const hoped = planarTensors(scheduled, () => true);
  const siteOf = (layer: Layer): LayerSite => ({
    model,
    layer,
    core,
    stored: isWeighted(layer)
      ? (stored.get(layer) ?? storeWeights(model, layer, outputChannels(scheduled, layer), { encodings, encoding: prefer.encoding }))
      : undefined,
    planar: planarOf(layer, hoped),
  });
  const kernels = { families: kernelFamilies, family: prefer.kernelFamily };
  const all = scheduled.layers.map((layer) => {
    const site = siteOf(layer);
    return { site, of: choicesOf(site, kernels) };
  });
  // Convolutions have the layout of their fastest way; what moves or adds pixels has that of those around it, where it can.
  const planar = planarTensors(scheduled, (index) => {
    const of = all[index]?.of ?? [];
    const asked = isWeighted(scheduled.layers[index] as Layer) ? of.slice(0, 1) : of;
    return asked.some(({ layouts }) => layouts === 'either');
  });
  // Costs are those of the layouts that came of it.
  const settled = ({ site, of }: (typeof all)[number]): Choices => {
    const { input, output } = planarOf(site.layer, planar);
    const asHoped = input === site.planar.input && output === site.planar.output;
    return restricted(asHoped ? of : choicesOf({ ...site, planar: { input, output } }, kernels), site.layer, planar);
  };
  const known = new Map(all.map((one) => [one.site.layer, { site: one.site, of: settled(one) }]));
  const knownOf = (layer: Layer): { readonly site: LayerSite; readonly of: Choices } => {
    const found = known.get(layer);
    if (found === undefined) throw new RangeError(`layer ${layer.name} is not of this model`);
    return found;
  };
  const wish: Wish = { optimize: options.optimize ?? 'balanced', ram: options.ram ?? Infinity };
  const choose = (layers: readonly Layer[]): Choice => {
    const ordered = { ...scheduled, layers };
    return chooseWays(ordered, layers.map((layer) => knownOf(layer).of), wish, (index, way) =>
      mayReuse(ordered, index, way, planar),
    );
  };
  const { layers, choice } = bestOrder(scheduled.layers, choose, wish);
  return {
    net: { ...scheduled, layers },
    sites: layers.map((layer) => knownOf(layer).site),
    ways: choice.layers,
    plan: choice.plan,
    planar,
  };
} // prettier-ignore

/**
 * The same with weights stored in faster ways that take so many bytes more at most.
 * @param base what `assignWays` gives for the same model and options
 */
export function assignFaster(model: CheckedModel, options: EmitCOptions, base: Assignment, bytes: number): Assignment {
  const { kernelFamilies, encodings, prefer = {} } = options;
  const kernels = { families: kernelFamilies, family: prefer.kernelFamily };
  return assignWays(model, options, fasterStorage(base, bytes, { encodings, encoding: prefer.encoding }, kernels));
} // prettier-ignore
