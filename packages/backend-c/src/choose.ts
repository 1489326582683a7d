import { elementCount, tensorOf, type Model } from '@opq/ir';
import type { Optimize } from '@opq/backend';
import type { Choices, FamilyWay } from './ways';
import { planMemory, type MemoryPlan } from './plan';
import { liveBytes } from './schedule';

/** What was chosen for every layer, and where its buffers stand. */
export interface Choice {
  readonly layers: readonly FamilyWay[];
  readonly plan: MemoryPlan;
  readonly instructions: number;
}

/** A percent less of the arena is worth that many percent more instructions. */
const MEMORY_WORTH = 0.5;

/** Limits of the arena that are tried at most. */
const MOST_LIMITS = 64;

/** The score of a choice, the lower the better. */
const SCORES: Readonly<Record<Optimize, (c: Choice) => readonly [number, number]>> = {
  latency: ({ instructions, plan }) => [instructions, plan.bytes],
  flash: ({ instructions, plan }) => [instructions, plan.bytes],
  ram: ({ instructions, plan }) => [plan.bytes, instructions],
  balanced: ({ instructions, plan }) => [Math.log(Math.max(1, instructions)) + MEMORY_WORTH * Math.log(Math.max(1, plan.bytes)), plan.bytes],
}; // prettier-ignore

/** What is to be optimised, and the bytes that the arena is to stay within where that is possible. */
export interface Wish {
  readonly optimize: Optimize;
  readonly ram: number;
}

/** Whether a choice is better than another: nearer to the wished arena, or else by what is to be optimised. */
export function isBetter(a: Choice, b: Choice, { optimize, ram }: Wish): boolean {
  const [over, under] = [Math.max(0, a.plan.bytes - ram), Math.max(0, b.plan.bytes - ram)];
  if (over !== under) return over < under;
  const score = SCORES[optimize];
  const [x, y] = [score(a), score(b)];
  return x[0] < y[0] || (x[0] === y[0] && x[1] < y[1]);
}

/**
 * Takes for every layer one of its ways. Each size of the arena that some way asks for is tried as a limit: within it every
 * layer takes its fastest way; the best of these by what is to be optimised is kept.
 * @param mayReuse layers whose output may overwrite their input where the way allows it
 */
export function chooseWays(
  model: Model,
  choices: readonly Choices[],
  wish: Wish,
  mayReuse: (index: number, implementation: FamilyWay) => boolean,
): Choice {
  const live = liveBytes(model, model.layers);
  const need = (i: number, way: FamilyWay): number => {
    const layer = model.layers[i];
    const output = layer === undefined ? 0 : elementCount(tensorOf(model, layer.output).shape);
    return (live[i] ?? 0) - (mayReuse(i, way) ? output : 0) + way.scratchBytes;
  };
  const known = new Map<string, Choice>();
  const within = (limit: number): Choice => {
    const layers = choices.map((ways, i): FamilyWay => {
      const smallest = ways.reduce((a, b) => (need(i, b) < need(i, a) ? b : a));
      return ways.find((way) => need(i, way) <= limit) ?? smallest;
    });
    const key = layers.map((way, i) => choices[i]?.indexOf(way)).join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const reusing = new Set(layers.flatMap((way, i) => (mayReuse(i, way) ? [i] : [])));
    const plan = planMemory(model, layers.map((way) => way.scratchBytes), reusing); // prettier-ignore
    const choice = { layers, plan, instructions: layers.reduce((n, way) => n + way.instructions, 0) };
    known.set(key, choice);
    return choice;
  };
  const limits = choices.flatMap((ways, i) => ways.map((way) => need(i, way)));
  const sorted = [...new Set(limits)].toSorted((a, b) => b - a);
  const every = Math.ceil(sorted.length / MOST_LIMITS);
  // Several layers may meet the wished arena exactly, whatever limits are tried besides.
  const wished = Number.isFinite(wish.ram) ? [wish.ram] : [];
  return [...sorted.filter((_, i) => i % every === 0 || i === sorted.length - 1), ...wished]
    .map(within)
    .reduce((best, choice) => (isBetter(choice, best, wish) ? choice : best));
}
