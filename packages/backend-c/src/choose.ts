import { elementCount, layerInputs, tensorOf, type Model, type TensorId } from '@opq/ir';
import type { Optimize } from '@opq/backend';
import type { Choices, Implementation } from './implementation';
import { planMemory, type MemoryPlan } from './plan';

/** What was chosen for every layer, and where its buffers stand. */
export interface Choice {
  readonly layers: readonly Implementation[];
  readonly plan: MemoryPlan;
  readonly instructions: number;
}

/** Bytes of activations that live while a layer runs, and whether its input is not needed afterwards. */
function livePerLayer(model: Model): readonly { readonly bytes: number; readonly output: number }[] {
  const last = new Map<TensorId, number>();
  model.layers.forEach((layer, i) => layerInputs(layer).forEach((id) => last.set(id, i)));
  for (const id of model.outputs) last.set(id, model.layers.length);
  const born = new Map<TensorId, number>(model.inputs.map((id) => [id, -1]));
  model.layers.forEach((layer, i) => born.set(layer.output, i));
  const size = (id: TensorId): number => elementCount(tensorOf(model, id).shape);
  return model.layers.map((layer, i) => {
    const live = [...born].filter(([id, at]) => at <= i && (last.get(id) ?? at) >= i);
    return { bytes: live.reduce((n, [id]) => n + size(id), 0), output: size(layer.output) };
  });
}

/** The score of a choice, the lower the better. */
const SCORES: Readonly<Record<Optimize, (c: Choice) => readonly [number, number]>> = {
  latency: ({ instructions, plan }) => [instructions, plan.bytes],
  flash: ({ instructions, plan }) => [instructions, plan.bytes],
  ram: ({ instructions, plan }) => [plan.bytes, instructions],
  // A share of the instructions is worth the same share of the memory.
  balanced: ({ instructions, plan }) => [Math.log(Math.max(1, instructions)) + Math.log(Math.max(1, plan.bytes)), plan.bytes],
}; // prettier-ignore

/**
 * Takes for every layer one of its ways. Each size of the arena that some way asks for is tried as a limit: within it every
 * layer takes its fastest way; the best of these by what is to be optimised is kept.
 * @param mayReuse layers whose output may overwrite their input where the way allows it
 */
export function chooseImplementations(
  model: Model,
  choices: readonly Choices[],
  optimize: Optimize,
  mayReuse: (index: number, implementation: Implementation) => boolean,
): Choice {
  const live = livePerLayer(model);
  const need = (i: number, way: Implementation): number => {
    const { bytes, output } = live[i] ?? { bytes: 0, output: 0 };
    return bytes - (mayReuse(i, way) ? output : 0) + way.scratchBytes;
  };
  const within = (limit: number): Choice => {
    const layers = choices.map((ways, i): Implementation => {
      const smallest = ways.reduce((a, b) => (need(i, b) < need(i, a) ? b : a));
      return ways.find((way) => need(i, way) <= limit) ?? smallest;
    });
    const reusing = new Set(layers.flatMap((way, i) => (mayReuse(i, way) ? [i] : [])));
    const plan = planMemory(model, layers.map((way) => way.scratchBytes), reusing); // prettier-ignore
    return { layers, plan, instructions: layers.reduce((n, way) => n + way.instructions, 0) };
  };
  const limits = [...new Set(choices.flatMap((ways, i) => ways.map((way) => need(i, way))))];
  const score = SCORES[optimize];
  const better = (a: Choice, b: Choice): Choice => {
    const [x, y] = [score(a), score(b)];
    return x[0] < y[0] || (x[0] === y[0] && x[1] < y[1]) ? a : b;
  };
  return limits
    .toSorted((a, b) => b - a)
    .map(within)
    .reduce((best, choice) => better(choice, best));
}
