import { z } from 'zod';
import type { ModelAssembler, TensorId } from '@opq/ir';
import { untuple } from '../json';

/** A sentence that says why this layer, though known, cannot be taken. */
export class Unsupported extends Error {}

/** A weight that a layer must have in the file. */
export interface Wanted {
  /** Its names; versions of Keras differ. */
  readonly names: readonly [string, ...string[]];
  readonly shape: readonly number[];
}

/** Where one call of a layer goes. */
export interface Site {
  readonly build: ModelAssembler;
  /** Unique to the call. */
  readonly name: string;
  /** The layer's own weights in the order in which Keras lists them. */
  weights(wanted: readonly Wanted[]): readonly Float32Array[];
  /** Constants are made by the first call and shared by the others. */
  shared(make: () => readonly TensorId[]): readonly TensorId[];
}

/** Adds what one call of a layer does. @throws Unsupported, ShapeProblem */
export type Emit = (site: Site, inputs: readonly TensorId[]) => TensorId;

/** Judges a layer by its config alone. @throws Unsupported */
export type Planner = (config: unknown) => Emit;

/** A member of a config that is not as it must be, in words. */
function flaw(config: unknown, member: string): string {
  const value = z.looseObject({ [member]: z.unknown() }).safeParse(config);
  const shown = value.success ? JSON.stringify(value.data[member]) : undefined;
  return shown === undefined ? `without ${member}` : `with ${member} ${shown.slice(0, 60)}`;
}

/** A planner for configs of a schema; members that are not in it are of no consequence. */
export const planner =
  <S extends z.ZodType>(schema: S, plan: (config: z.output<S>) => Emit): Planner =>
  (config) => {
    const result = schema.safeParse(config);
    if (result.success) return plan(result.data);
    const members = new Set(result.error.issues.map(({ path }) => String(path[0])));
    throw new Unsupported([...members].map((member) => flaw(config, member)).join(' and '));
  };

/** For layers that take one tensor. */
export const unary =
  (emit: (site: Site, input: TensorId) => TensorId): Emit =>
  (site, inputs) => {
    const [input, ...rest] = inputs;
    if (input === undefined || rest.length > 0) throw new Unsupported(`with ${inputs.length} inputs`);
    return emit(site, input);
  };

export const positive = z.int().min(1).max(0x7fffffff);
export const natural = z.int().min(0).max(0x7fffffff);

/** [vertical, horizontal], or one number for both. */
export const pair = z.preprocess(
  (value) => (typeof value === 'number' ? [value, value] : untuple(value)),
  z.tuple([positive, positive]),
);

export const padding = z.enum(['same', 'valid']).transform((mode) => ({ mode }));

/** Channels come last; nothing else is read. */
export const channelsLast = { data_format: z.literal('channels_last').nullish() };

export const weight = (name: string, shape: readonly number[], ...aliases: readonly string[]): Wanted => ({
  names: [name, ...aliases],
  shape,
});

/** An axis as Keras has it, possibly negative or in a list of one. @throws Unsupported where it is not the last one */
export function assertLastAxis(axis: number | readonly number[], rank: number): void {
  const axes = typeof axis === 'number' ? [axis] : axis;
  if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== rank - 1))
    throw new Unsupported(`along the axis ${axes.join(', ')}, not the last`);
}
