import { z } from 'zod';
import type { TensorId } from '@opq/ir';
import { planner, Unsupported, type Emit, type Planner } from './layer';

/** Keras aligns tensors of different rank in its own way; those are left out. */
function merge(kind: 'add' | 'sub' | 'mul', most: number): Emit {
  return ({ build, name }, inputs) => {
    const [first, ...rest] = inputs;
    if (first === undefined || rest.length === 0 || inputs.length > most)
      throw new Unsupported(`with ${inputs.length} inputs`);
    const rank = build.shape(first).length;
    if (rest.some((id) => build.shape(id).length !== rank))
      throw new Unsupported('with inputs of different rank');
    return rest.reduce<TensorId>(
      (sum, id, i) =>
        build.layer({
          kind,
          name: i === rest.length - 1 ? name : `${name}/${i}`,
          inputs: [sum, id],
          activation: 'none',
        }),
      first,
    );
  };
}

const nothing = z.looseObject({});

export const add: Planner = planner(nothing, () => merge('add', Infinity));
export const multiply: Planner = planner(nothing, () => merge('mul', Infinity));
export const subtract: Planner = planner(nothing, () => merge('sub', 2));

export const concatenate: Planner = planner(
  z.looseObject({ axis: z.int().default(-1) }),
  ({ axis }) =>
    ({ build, name }, inputs) => {
      const [first] = inputs;
      if (first === undefined || inputs.length < 2) throw new Unsupported(`with ${inputs.length} inputs`);
      const rank = build.shape(first).length;
      return build.layer({
        kind: 'concatenation',
        name,
        inputs,
        axis: axis < 0 ? axis + rank : axis,
        activation: 'none',
      });
    },
);
