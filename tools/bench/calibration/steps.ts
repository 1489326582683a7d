import { requireChecked, type Backend, type Core, type EmitOptions, type LayerSite } from '@opq/backend';
import type { Target } from '@opq/targets';
import { assignFaster, assignWays, type Assignment } from '../../../packages/backend-c/src/assign';
import type { Coefficients } from '../../../packages/backend-c/src/cost/coefficients';
import { emitC } from '../../../packages/backend-c/src/emit';
import { planarOf, restricted } from '../../../packages/backend-c/src/layouts';
import { choicesOf, type FamilyWay } from '../../../packages/backend-c/src/ways';
import type { PreparedModel } from '../models';
import type { MeasuredRow } from '../row';
import type { Observation } from './fit';

/** A number among the coefficients of a core. */
export interface Step {
  /** Such as `plain.mac`. */
  readonly name: string;
  readonly value: number;
  readonly set: (value: number) => void;
}

/** What a loop takes is counted by hand from its assembly: passes are cut by it. */
const BY_HAND = /^(quad\.|cut$|down$)/;
/** What it takes depends on the sample. */
const LEFT_OUT = 'softmax';

/** All numbers of a core that are fitted. @param of is written to */
export function stepsOf(of: Coefficients, path = ''): readonly Step[] {
  return Object.entries(of as unknown as Readonly<Record<string, unknown>>).flatMap(([key, value]) => {
    const name = `${path}${key}`;
    if (typeof value === 'object' && value !== null) return stepsOf(value as Coefficients, `${name}.`);
    if (typeof value !== 'number' || BY_HAND.test(name)) return [];
    const set = (next: number): void => void Reflect.set(of, key, next);
    return [{ name, value, set }];
  });
}

/** How a model is computed with these options: the same that its emission chose. */
function assignmentOf({ compressed, placement }: PreparedModel, target: Target, backend: Backend, core: Core): Assignment {
  const model = requireChecked(compressed, backend, target);
  const { flash, ...others }: EmitOptions = placement;
  const options = { ...others, core };
  const smallest = assignWays(model, options);
  const spare = flash === undefined ? 0 : flash - emitC(model, options).flash;
  return spare > 0 ? assignFaster(model, options, smallest, spare) : smallest;
} // prettier-ignore

/** Instructions of the way that was chosen, by the coefficients of now. @returns undefined where it is no choice any more */
function costOf(site: LayerSite, way: FamilyWay, { planar }: Assignment): number | undefined {
  const settled = { ...site, planar: planarOf(site.layer, planar) };
  return restricted(choicesOf(settled, {}), site.layer, planar).find(
    ({ family, scratchBytes, inPlace }) =>
      family === way.family && scratchBytes === way.scratchBytes && inPlace === way.inPlace,
  )?.instructions;
}

/** What one more of a step adds; all costs are sums of steps. */
function countOf(step: Step, cost: () => number | undefined, before: number): number {
  const more = Math.max(0.03 * step.value, 0.3);
  step.set(step.value + more);
  const after = cost();
  step.set(step.value);
  return after === undefined ? 0 : (after - before) / more;
}

/**
 * The layers of a measured row, each as a sum of steps.
 * @param steps of the core's coefficients as `COEFFICIENTS` has them
 */
export function observe(row: MeasuredRow, prepared: PreparedModel, target: Target, backend: Backend, core: Core, steps: readonly Step[]): readonly Observation[] {
  const assignment = assignmentOf(prepared, target, backend, core);
  return assignment.sites.flatMap((site, i) => {
    const way = assignment.ways[i];
    const measured = row.layers[i]?.instructions;
    if (way === undefined || measured === undefined || site.layer.kind === LEFT_OUT) return [];
    const cost = (): number | undefined => costOf(site, way, assignment);
    const predicted = cost();
    if (predicted === undefined) return [];
    const name = `${row.model} ${row.variant} ${way.family} ${site.layer.kind}`;
    return [{ name, predicted, measured, counts: steps.map((step) => countOf(step, cost, predicted)) }];
  });
} // prettier-ignore
